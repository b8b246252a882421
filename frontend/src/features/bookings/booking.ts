import type { BookedEvent, Booking, Ticket } from '../../api/gen/types.gen';

const unsaid = 3 * 60 * 60 * 1000; // milliseconds that an event lasts if it does not say

export const endOf = (event: BookedEvent): number =>
  event.endsAt ? Date.parse(event.endsAt) : Date.parse(event.startsAt) + unsaid;

/** How a booking stands, for whoever made it. */
export type Standing = 'settling' | 'upcoming' | 'past' | 'failed' | 'cancelled';

export const standingOf = (b: Booking, now: number): Standing => {
  if (b.status === 'failed' || b.status === 'cancelled') return b.status;
  if (b.event.status === 'cancelled') return 'cancelled';
  if (endOf(b.event) <= now) return 'past';
  return b.status === 'recorded' ? 'settling' : 'upcoming';
};

export interface Groups {
  upcoming: Booking[];
  past: Booking[];
  cancelled: Booking[];
}

/** Bookings as people look for them: what is next first, then what was, the latest first. */
export const groupBookings = (bookings: Booking[], now: number): Groups => {
  const groups: Groups = { upcoming: [], past: [], cancelled: [] };
  for (const b of bookings) {
    const standing = standingOf(b, now);
    if (standing === 'settling' || standing === 'upcoming') groups.upcoming.push(b);
    else if (standing === 'past') groups.past.push(b);
    else groups.cancelled.push(b);
  }
  const starts = (b: Booking) => Date.parse(b.event.startsAt);
  groups.upcoming.sort((a, b) => starts(a) - starts(b));
  groups.past.sort((a, b) => starts(b) - starts(a));
  groups.cancelled.sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt));
  return groups;
};

export const livingTickets = (b: Booking) => b.tickets.filter((t) => t.status !== 'cancelled');

/** Seats of one row, or places where people stand: no row then. */
export interface Place {
  section: string;
  row?: string;
  numbers: number[];
}

/** Tickets by where they are, since most who book together sit together. */
export const placesOf = (tickets: Ticket[]): Place[] => {
  const places: Place[] = [];
  for (const { seat } of tickets) {
    const place = places.find((p) => p.section === seat.section && p.row === seat.row);
    if (place) place.numbers.push(seat.number);
    else places.push({ section: seat.section, ...(seat.row && { row: seat.row }), numbers: [seat.number] });
  }
  return places;
};
