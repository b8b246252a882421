import type { Booking, Seat } from '../../api/gen/types.gen';
import type { Draft, Purchase, SentBooking } from '../../lib/purchase';

const longestName = 200; // characters, as the API has it
const longestEmail = 254;

const atom = "[\\p{L}\\p{N}!#$%&'*+/=?^_`{|}~-]+";
const address = new RegExp(`^${atom}(\\.${atom})*@${atom}(\\.${atom})*$`, 'u');

export const sameSeat = (a: Seat, b: Seat): boolean => a.sectionId === b.sectionId && a.row === b.row && a.number === b.number;

const trimmed = ({ name, email }: Draft): Draft => ({ name: name.trim(), email: email.trim() });

/** As many drafts as tickets. Where nothing was typed yet, the first is for the buyer. */
export const draftsFor = (drafts: Draft[], tickets: number, me: string): Draft[] =>
  Array.from({ length: tickets }, (_, i) => drafts[i] ?? { name: i === 0 && drafts.length === 0 ? me : '', email: '' });

/** Makes a ticket the buyer's; what stood there goes where the buyer was. */
export const thatsMe = (drafts: Draft[], ticket: number, me: string): Draft[] => {
  const before = drafts.findIndex((d) => d.name.trim() === me);
  const there = drafts[ticket] ?? { name: '', email: '' };
  return drafts.map((d, i) => {
    if (i === ticket) return before < 0 ? { name: me, email: '' } : (drafts[before] ?? d);
    return i === before ? there : d;
  });
};

export type Wrong = 'nameMissing' | 'nameLong' | 'email' | 'emailLong';
export interface Mistake {
  ticket: number;
  field: 'name' | 'email';
  wrong: Wrong;
}

/** What the API would not take, in the order of the page. */
export const mistakesIn = (drafts: Draft[]): Mistake[] =>
  drafts.flatMap((draft, ticket) => {
    const { name, email } = trimmed(draft);
    const found: Mistake[] = [];
    if (!name && email) found.push({ ticket, field: 'name', wrong: 'nameMissing' });
    if ([...name].length > longestName) found.push({ ticket, field: 'name', wrong: 'nameLong' });
    if (email.length > longestEmail) found.push({ ticket, field: 'email', wrong: 'emailLong' });
    else if (email && !address.test(email)) found.push({ ticket, field: 'email', wrong: 'email' });
    return found;
  });

/** The booking's attendees: they fill the tickets in order, so it is those before the first that has no name yet. */
export const attendeesOf = (drafts: Draft[]): NonNullable<SentBooking['attendees']> => {
  const all = drafts.map(trimmed);
  const gap = all.findIndex((d) => !d.name);
  return all.slice(0, gap < 0 ? all.length : gap).map(({ name, email }) => ({ name, ...(email && { email }) }));
};

/** Whom the tickets behind a gap are for, which are named once they exist. */
export const laterNames = ({ attendees, hold, sent }: Purchase, booking: Booking): { ticketId: string; to: Draft }[] =>
  attendees.map(trimmed).flatMap((to, i) => {
    const seat = hold?.seats[i];
    if (i < (sent?.attendees?.length ?? 0) || !to.name || !seat) return [];
    const ticket = booking.tickets.find((t) => sameSeat(t.seat, seat));
    return ticket?.status === 'valid' && !ticket.attendee.name ? [{ ticketId: ticket.id, to }] : [];
  });
