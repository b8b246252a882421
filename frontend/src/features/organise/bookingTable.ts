import type { Booking, Seat } from '../../api/gen/types.gen';

export type Status = Booking['status'] | 'checkedIn';
export type Column = 'createdAt' | 'name' | 'tickets' | 'total' | 'status';

/** What of the bookings is shown, and in which order. */
export interface View {
  q: string;
  status: Status | '';
  column: Column;
  descending: boolean;
}

export const wholeView: View = { q: '', status: '', column: 'createdAt', descending: true };

/** Who a booking is for, as far as it says: its first name that is given. */
export const nameOf = (b: Booking): string | undefined => b.tickets.find((t) => t.attendee.name)?.attendee.name;

/** "Stalls A 12": where a ticket is, as one text. */
export const placeOf = (seat: Seat): string => [seat.section, seat.row, seat.row && seat.number].filter(Boolean).join(' ');

const plain = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();

/** Whether each word of a search begins something in the booking: a name, an e-mail address, its id, a place. */
const finds = (words: string[], b: Booking): boolean => {
  const texts = [b.id, ...b.tickets.flatMap((t) => [t.id, t.attendee.name, t.attendee.email, placeOf(t.seat)])];
  const all = ` ${plain(texts.filter(Boolean).join(' '))}`;
  return words.every((w) => all.includes(` ${w}`) || (w.length > 2 && all.includes(w)));
};

export const hasStatus = (b: Booking, status: Status | ''): boolean => {
  if (!status) return true;
  return status === 'checkedIn' ? b.tickets.some((t) => t.status === 'checkedIn') : b.status === status;
};

const compare: Record<Column, (a: Booking, b: Booking, order: Intl.Collator) => number> = {
  createdAt: (a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt),
  name: (a, b, order) => order.compare(nameOf(a) ?? '\uffff', nameOf(b) ?? '\uffff'),
  tickets: (a, b) => a.tickets.length - b.tickets.length,
  total: (a, b) => a.total.amount - b.total.amount,
  status: (a, b) => a.status.localeCompare(b.status),
};

/** The bookings that a view shows; equal ones newest first. */
export const viewed = (bookings: readonly Booking[], view: View, locale?: string): Booking[] => {
  const words = plain(view.q).split(/\s+/).filter(Boolean);
  const order = new Intl.Collator(locale, { sensitivity: 'base', numeric: true });
  return bookings
    .filter((b) => hasStatus(b, view.status) && finds(words, b))
    .sort(
      (a, b) =>
        compare[view.column](a, b, order) * (view.descending ? -1 : 1) ||
        compare.createdAt(b, a, order) ||
        a.id.localeCompare(b.id),
    );
};

/** The order in which a column is read first: the newest, the most, else the alphabet's. */
export const inOrder = (view: View, column: Column): View => ({
  ...view,
  column,
  descending: column === 'createdAt' || column === 'total' || column === 'tickets',
});

/** The view by another column, or by the same one the other way round. */
export const sortedBy = (view: View, column: Column): View =>
  view.column === column ? { ...view, descending: !view.descending } : inOrder(view, column);
