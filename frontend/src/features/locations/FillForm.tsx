import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './FillForm.module.css';
import { bounds, type Fill, numberIn } from './hall';

const signed = /^\s*-?\d{1,3}\s*$/;

/** Lays out all the rows of a section at once. */
export const FillForm = ({ name, onFill }: { name: string; onFill(fill: Fill): void }) => {
  const { t } = useTranslation('locations');
  const [rows, setRows] = useState('10');
  const [first, setFirst] = useState('12');
  const [wider, setWider] = useState('0');
  const [labels, setLabels] = useState<Fill['labels']>('letters');
  const n = numberIn(rows) ?? 0;
  const seats = numberIn(first) ?? 0;
  const wrongRows = n < 1 || n > bounds.rows ? t('wrong.range', { least: 1, most: bounds.rows }) : undefined;
  const wrongSeats = seats < 1 || seats > bounds.rowSeats ? t('wrong.range', { least: 1, most: bounds.rowSeats }) : undefined;
  const wrongWider = signed.test(wider) ? undefined : t('wrong.range', { least: -999, most: 999 });
  return (
    <details className={classes.fill}>
      <summary>{t('fill.title')}</summary>
      <fieldset className={classes.fields} aria-label={`${t('fill.title')}: ${name}`}>
        <TextInput
          label={t('fill.rows')}
          inputMode="numeric"
          value={rows}
          error={wrongRows}
          onChange={(e) => setRows(e.currentTarget.value)}
        />
        <TextInput
          label={t('fill.first')}
          inputMode="numeric"
          value={first}
          error={wrongSeats}
          onChange={(e) => setFirst(e.currentTarget.value)}
        />
        <TextInput label={t('fill.wider')} value={wider} error={wrongWider} onChange={(e) => setWider(e.currentTarget.value)} />
        <NativeSelect
          label={t('fill.labels')}
          value={labels}
          onChange={(e) => setLabels(e.currentTarget.value === 'numbers' ? 'numbers' : 'letters')}
        >
          <option value="letters">{t('fill.letters')}</option>
          <option value="numbers">{t('fill.numbers')}</option>
        </NativeSelect>
      </fieldset>
      <div className={classes.apply}>
        <Button
          size="sm"
          variant="light"
          disabled={!!wrongRows || !!wrongSeats || !!wrongWider}
          onClick={() => onFill({ rows: n, first: seats, wider: Number(wider), labels })}
        >
          {t('fill.apply')}
        </Button>
        <span>{t('fill.replaces')}</span>
      </div>
    </details>
  );
};
