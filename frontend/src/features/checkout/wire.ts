import {
  createBooking,
  createHold,
  extendHold,
  getBooking,
  getHold,
  listBookings,
  releaseHold,
  renameTicket,
} from '../../api/gen/sdk.gen';
import type { Booking, Hold } from '../../api/gen/types.gen';
import type { Draft, Purchase, SentBooking } from '../../lib/purchase';

/** What checkout asks of the API. Every call may be repeated; all throw a Problem. */
export interface Wire {
  hold(p: Purchase): Promise<Hold>;
  /** A 404 says that it is nobody's any more, or booked. */
  held(token: string): Promise<Hold>;
  extend(token: string): Promise<Hold>;
  release(token: string): Promise<void>;
  book(key: string, body: SentBooking): Promise<Booking>;
  booking(id: string): Promise<Booking>;
  /** The person's newest bookings. */
  bookings(): Promise<Booking[]>;
  name(bookingId: string, ticketId: string, to: Draft): Promise<void>;
}

const longest = 20_000; // milliseconds that an answer may take before it counts as lost; the server's own limit is shorter

export const wire: Wire = {
  hold: ({ eventId, items, together, holdKey }) =>
    createHold({
      body: { eventId, items, together },
      headers: { 'Idempotency-Key': holdKey },
      signal: AbortSignal.timeout(longest),
    }),
  held: (token) => getHold({ path: { token }, signal: AbortSignal.timeout(longest) }),
  extend: (token) => extendHold({ path: { token }, signal: AbortSignal.timeout(longest) }),
  release: async (token) => {
    await releaseHold({ path: { token }, keepalive: true });
  },
  book: (key, body) => createBooking({ body, headers: { 'Idempotency-Key': key }, signal: AbortSignal.timeout(longest) }),
  booking: (bookingId) => getBooking({ path: { bookingId }, signal: AbortSignal.timeout(longest) }),
  bookings: async () => (await listBookings({ query: { limit: 20 }, signal: AbortSignal.timeout(longest) })).items,
  name: async (bookingId, ticketId, { name, email }) => {
    await renameTicket({ path: { bookingId, ticketId }, body: { attendee: { name, ...(email && { email }) } } });
  },
};
