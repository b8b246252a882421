import type { Booking, TicketType } from '../../api/gen/types.gen';
import { amountText } from '../../lib/format';

/** The columns, each a key of the organise texts under "csv". */
export const columns = [
  'booking',
  'booked',
  'bookingStatus',
  'ticket',
  'ticketStatus',
  'ticketType',
  'section',
  'row',
  'seat',
  'name',
  'email',
  'price',
  'currency',
  'checkedIn',
] as const;

/** Spreadsheets run what begins like a formula, and names are typed by strangers. */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

/** One field, in quotes where it needs them (RFC 4180). */
export const cell = (text: string): string => {
  const safe = harmless(text);
  return /[",;\t\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Each ticket in a line, times by ISO 8601, with the mark by which spreadsheets know UTF-8. */
export const csvOf = (bookings: readonly Booking[], types: readonly TicketType[], header: readonly string[]): string => {
  const names = new Map(types.map((t) => [t.id, t.name]));
  const lines = bookings.flatMap((b) =>
    b.tickets.map((t) => [
      b.id,
      b.createdAt,
      b.status,
      t.id,
      t.status,
      names.get(t.seat.ticketTypeId) ?? t.seat.ticketTypeId,
      t.seat.section,
      t.seat.row ?? '',
      t.seat.row ? String(t.seat.number) : '',
      t.attendee.name ?? '',
      t.attendee.email ?? '',
      amountText(t.seat.price),
      t.seat.price.currency,
      t.checkedInAt ?? '',
    ]),
  );
  return `\ufeff${[[...header], ...lines].map((line) => `${line.map(cell).join(',')}\r\n`).join('')}`;
};
