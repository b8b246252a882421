import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TicketType } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import classes from './BestTogether.module.css';
import { Stepper } from './Stepper';

interface Props {
  most: number;
  /** Between which tickets one may choose; none or one: no question. */
  types: TicketType[];
  busy?: boolean;
  /** What was looked for and not found, if anything. */
  missing?: number | undefined;
  onFind: (n: number, type: TicketType | undefined) => void;
  onApart?: ((n: number) => void) | undefined;
}

/** "Best together": how many, of what, and a button that finds them. */
export const BestTogether = ({ most, types, busy = false, missing, onFind, onApart }: Props) => {
  const { t } = useTranslation('seats');
  const format = useFormat();
  const [wanted, setWanted] = useState(2);
  const [typeId, setTypeId] = useState(types[0]?.id);
  const n = Math.max(1, Math.min(wanted, most));
  return (
    <form
      className={classes.best}
      onSubmit={(e) => {
        e.preventDefault();
        if (most > 0) onFind(n, types.find((x) => x.id === typeId) ?? types[0]);
      }}
    >
      <Stepper label={t('best.label')} value={n} least={1} most={most} onChange={setWanted} />
      {types.length > 1 && (
        <label className={classes.type}>
          <span className="visually-hidden">{t('best.type')}</span>
          <select value={typeId} onChange={(e) => setTypeId(e.target.value)}>
            {types.map((type) => (
              <option key={type.id} value={type.id}>
                {t('type', { name: type.name, price: format.money(type.price) })}
              </option>
            ))}
          </select>
        </label>
      )}
      <Button type="submit" variant="default" loading={busy} disabled={most < 1}>
        {t('best.find', { count: n })}
      </Button>
      <p className={classes.missing} role="status">
        {missing ? t('best.none', { count: missing }) : ''}
      </p>
      {missing && onApart && (
        <Button variant="subtle" onClick={() => onApart(missing)}>
          {t('best.apart', { count: missing })}
        </Button>
      )}
    </form>
  );
};
