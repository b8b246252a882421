import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Booking, Event } from '../../api/gen/types.gen';
import { useFormat, viewerZone } from '../../lib/format';
import { ChevronIcon } from '../../ui/icons';
import { BookingDetails } from './BookingDetails';
import classes from './BookingTable.module.css';
import { type Column, nameOf, type View } from './bookingTable';
import badge from './StatusBadge.module.css';

interface Props {
  event: Event;
  bookings: readonly Booking[];
  view: View;
  onSort(column: Column): void;
}

/** On phones the rows are laid out as cards, and what is laid out otherwise has to say that it still is a table. */
const still = (role: 'table' | 'rowgroup' | 'row' | 'columnheader' | 'rowheader' | 'cell') => ({ role });

const columns: Column[] = ['name', 'createdAt', 'tickets', 'total', 'status'];

/** Bookings as a table, on phones as cards; each opens to its tickets. */
export const BookingTable = ({ event, bookings, view, onSort }: Props) => {
  const { t } = useTranslation('organise');
  return (
    <table className={classes.table} {...still('table')}>
      <caption className="visually-hidden">{t('bookings.title')}</caption>
      <thead {...still('rowgroup')}>
        <tr {...still('row')}>
          {columns.map((c) => (
            <th key={c} scope="col" {...still('columnheader')} aria-sort={ariaSort(view, c)}>
              <button
                type="button"
                className={classes.sort}
                data-sorted={view.column === c || undefined}
                onClick={() => onSort(c)}
              >
                {t(`column.${c}`)}
                <span
                  className={classes.arrow}
                  data-descending={(view.column === c && view.descending) || undefined}
                  aria-hidden="true"
                >
                  <ChevronIcon />
                </span>
              </button>
            </th>
          ))}
        </tr>
      </thead>
      {bookings.map((b) => (
        <Row key={b.id} event={event} booking={b} />
      ))}
    </table>
  );
};

const ariaSort = (view: View, column: Column): 'ascending' | 'descending' | 'none' => {
  if (view.column !== column) return 'none';
  return view.descending ? 'descending' : 'ascending';
};

const Row = ({ event, booking: b }: { event: Event; booking: Booking }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const [open, setOpen] = useState(false);
  const details = `details-${b.id}`;
  const entered = b.tickets.filter((x) => x.status === 'checkedIn').length;
  return (
    <tbody {...still('rowgroup')} data-open={open || undefined}>
      <tr {...still('row')} className={classes.row}>
        <th scope="row" {...still('rowheader')} className={classes.name}>
          <button type="button" aria-expanded={open} aria-controls={details} onClick={() => setOpen(!open)}>
            <span className={classes.turn}>
              <ChevronIcon />
            </span>
            <span>
              {nameOf(b) ?? <em>{t('bookings.unnamed')}</em>}
              <span className={classes.id}>{b.id}</span>
            </span>
          </button>
        </th>
        <td {...still('cell')} data-column="createdAt">
          <time dateTime={b.createdAt}>{format.when(b.createdAt, viewerZone())}</time>
        </td>
        <td {...still('cell')} data-column="tickets">
          {t('count.tickets', { count: b.tickets.length })}
        </td>
        <td {...still('cell')} data-column="total">
          {format.money(b.total)}
          {b.refunded && b.refunded.amount > 0 && (
            <span className={classes.id}>{t('bookings.refunded', { money: format.money(b.refunded) })}</span>
          )}
        </td>
        <td {...still('cell')} data-column="status">
          <span className={badge.badge} data-status={b.status}>
            {t(`bookingStatus.${b.status}`)}
          </span>
          {entered > 0 && <span className={classes.id}>{t('bookings.entered', { count: entered })}</span>}
        </td>
      </tr>
      {open && (
        <tr {...still('row')} id={details} className={classes.details}>
          <td {...still('cell')} colSpan={columns.length}>
            <BookingDetails event={event} booking={b} />
          </td>
        </tr>
      )}
    </tbody>
  );
};
