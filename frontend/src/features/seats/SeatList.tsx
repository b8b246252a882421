import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/format';
import { ChevronIcon, WheelchairIcon } from '../../ui/icons';
import classes from './SeatList.module.css';
import { countFree, isAccessible, isFree, type SeatTable, type TableRow } from './seatTable';

interface Props {
  name: string;
  table: SeatTable;
  chosen: ReadonlySet<number>;
  accessibleOnly: boolean;
  /** The seat whose row is open at first. */
  at: number;
  describe: (seat: number) => string;
  onToggle: (seat: number) => void;
}

/** The rows of a section in words; only an open row has its seats in the document, so that large sections stay light. */
export const SeatList = ({ name, table, chosen, accessibleOnly, at, describe, onToggle }: Props) => {
  const { t } = useTranslation('seats');
  const [open, setOpen] = useState<ReadonlySet<number>>(() => new Set([table.rowOf[at] ?? 0]));
  const fits = (i: number) => !accessibleOnly || isAccessible(table, i);
  const flip = (r: number) => {
    const next = new Set(open);
    if (!next.delete(r)) next.add(r);
    setOpen(next);
  };
  return (
    <ul className={classes.rows} aria-label={t('map.label', { name })}>
      {table.rows.map((row, r) => {
        const free = countFree(table, row, fits);
        if (accessibleOnly && free === 0) return null;
        return (
          <Row
            key={row.label}
            row={row}
            free={free}
            open={open.has(r)}
            onFlip={() => flip(r)}
            table={table}
            chosen={chosen}
            fits={fits}
            describe={describe}
            onToggle={onToggle}
          />
        );
      })}
    </ul>
  );
};

interface RowProps extends Pick<Props, 'table' | 'chosen' | 'describe' | 'onToggle'> {
  row: TableRow;
  free: number;
  open: boolean;
  onFlip: () => void;
  fits: (seat: number) => boolean;
}

const Row = ({ row, free, open, onFlip, table, chosen, fits, describe, onToggle }: RowProps) => {
  const { t } = useTranslation('seats');
  const format = useFormat();
  const words = [t('row', { row: row.label }), t('section.free', { count: free })];
  const seats = open ? Array.from({ length: row.count }, (_, s) => row.start + s).filter(fits) : [];
  return (
    <li className={classes.row}>
      <button type="button" className={classes.head} aria-label={words.join(t('comma'))} aria-expanded={open} onClick={onFlip}>
        <ChevronIcon />
        <b>{words[0]}</b>
        <span>{words[1]}</span>
      </button>
      {open && (
        <ul className={classes.seats} aria-label={t('row', { row: row.label })}>
          {seats.map((i) => (
            <li key={i}>
              <button
                type="button"
                className={classes.seat}
                aria-label={describe(i)}
                aria-pressed={chosen.has(i)}
                aria-disabled={!isFree(table, i)}
                data-accessible={isAccessible(table, i)}
                onClick={() => onToggle(i)}
              >
                {format.number(table.number[i] ?? 0)}
                {isAccessible(table, i) && <WheelchairIcon />}
              </button>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
};
