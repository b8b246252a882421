import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CloseIcon } from '../../ui/icons';
import { FillForm } from './FillForm';
import { type HallChange, placesOf, type RowDraft, type SectionDraft } from './hall';
import classes from './SectionEditor.module.css';

interface Props {
  section: SectionDraft;
  /** Where it stands in the request. */
  at: string;
  first: boolean;
  last: boolean;
  errorAt(location: string): string | undefined;
  change(c: HallChange): void;
}

const shownAtFirst = 30; // rows: thousands of fields would be slow, and nobody edits them one by one

/** One section: its rows, or how many may stand there. */
export const SectionEditor = ({ section, at, first, last, errorAt, change }: Props) => {
  const { t } = useTranslation('locations');
  const { key } = section;
  const name = section.name.trim() || t('section.unnamed');
  return (
    <section className={classes.section} aria-label={section.name || t('section.name')}>
      <header className={classes.header}>
        <span className={classes.kind}>
          {t(section.kind)} · {t('places', { count: placesOf(section) })}
        </span>
        <button
          type="button"
          disabled={first}
          aria-label={t('section.up', { name })}
          onClick={() => change({ do: 'move', key, by: -1 })}
        >
          ↑
        </button>
        <button
          type="button"
          disabled={last}
          aria-label={t('section.down', { name })}
          onClick={() => change({ do: 'move', key, by: 1 })}
        >
          ↓
        </button>
        <button type="button" aria-label={t('section.remove', { name })} onClick={() => change({ do: 'remove', key })}>
          <CloseIcon />
        </button>
      </header>
      <div className={classes.fields}>
        <TextInput
          label={t('section.name')}
          required
          value={section.name}
          error={errorAt(`${at}.name`)}
          onChange={(e) => change({ do: 'section', key, change: { name: e.currentTarget.value } })}
        />
        {section.kind === 'standing' && (
          <TextInput
            label={t('section.capacity')}
            required
            inputMode="numeric"
            value={section.capacity}
            error={errorAt(`${at}.capacity`)}
            onChange={(e) => change({ do: 'section', key, change: { capacity: e.currentTarget.value } })}
          />
        )}
      </div>
      {section.kind === 'seated' && <Rows section={section} at={at} errorAt={errorAt} change={change} />}
    </section>
  );
};

const Rows = ({ section, at, errorAt, change }: Pick<Props, 'section' | 'at' | 'errorAt' | 'change'>) => {
  const { t } = useTranslation('locations');
  const [all, setAll] = useState(false);
  const { key, rows } = section;
  const shown = all ? rows : rows.slice(0, shownAtFirst);
  const whole = errorAt(`${at}.rows`);
  return (
    <>
      <FillForm name={section.name} onFill={(fill) => change({ do: 'fill', key, fill })} />
      {whole && <p className={classes.wrong}>{whole}</p>}
      {rows.length > 0 && (
        <div className={classes.rows}>
          <div className={classes.titles} aria-hidden="true">
            <span>{t('row.label')}</span>
            <span>{t('row.seats')}</span>
            <span>{t('row.accessible')}</span>
          </div>
          {shown.map((row, i) => (
            <RowFields
              key={row.key}
              row={row}
              n={i + 1}
              at={`${at}.rows[${i}]`}
              errorAt={errorAt}
              onChange={(c) => change({ do: 'row', key, row: row.key, change: c })}
              onRemove={() => change({ do: 'removeRow', key, row: row.key })}
            />
          ))}
        </div>
      )}
      <div className={classes.adding}>
        {shown.length < rows.length && (
          <Button size="sm" variant="subtle" onClick={() => setAll(true)}>
            {t('row.all', { count: rows.length - shown.length })}
          </Button>
        )}
        <Button
          size="sm"
          variant="subtle"
          onClick={() => {
            setAll(true);
            change({ do: 'addRow', key });
          }}
        >
          {t('row.add')}
        </Button>
      </div>
    </>
  );
};

interface RowProps {
  row: RowDraft;
  n: number;
  at: string;
  errorAt(location: string): string | undefined;
  onChange(c: Partial<RowDraft>): void;
  onRemove(): void;
}

const RowFields = ({ row, n, at, errorAt, onChange, onRemove }: RowProps) => {
  const { t } = useTranslation('locations');
  return (
    <div className={classes.row}>
      <TextInput
        aria-label={t('row.labelOf', { n })}
        value={row.label}
        error={errorAt(`${at}.label`)}
        onChange={(e) => onChange({ label: e.currentTarget.value })}
      />
      <TextInput
        aria-label={t('row.seatsOf', { n })}
        inputMode="numeric"
        value={row.seats}
        error={errorAt(`${at}.seats`)}
        onChange={(e) => onChange({ seats: e.currentTarget.value })}
      />
      <TextInput
        aria-label={t('row.accessibleOf', { n })}
        placeholder={n === 1 ? t('row.accessibleHint') : undefined}
        dir="ltr"
        value={row.accessible}
        error={errorAt(`${at}.accessible`)}
        onChange={(e) => onChange({ accessible: e.currentTarget.value })}
      />
      <button type="button" aria-label={t('row.remove', { label: row.label })} onClick={onRemove}>
        <CloseIcon />
      </button>
    </div>
  );
};
