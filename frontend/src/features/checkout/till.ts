import type { Booking, Seat } from '../../api/gen/types.gen';
import { asProblem, Problem } from '../../lib/problem';
import { type changePurchase, finishPurchase, renewPurchase, type SentBooking } from '../../lib/purchase';
import { laterNames, sameSeat } from './attendees';
import { backoff, insist, type Pauses, Stopped } from './insist';
import type { Action, Loss, State } from './machine';
import type { Wire } from './wire';

interface Desk {
  id: string;
  api: Wire;
  pauses: Pauses;
  state(): State;
  tell(action: Action): void;
  store(change: Parameters<typeof changePurchase>[1]): boolean;
}

/** Books what is held, and finds out what became of it. */
export const makeTill = ({ id, api, pauses, state, tell, store }: Desk) => {
  /** The hold was booked by a request that is not ours: leads there where it can be found. */
  const findBooked = async (signal: AbortSignal) => {
    const held = state().purchase.hold?.seats ?? [];
    const same = (seats: Seat[]) => seats.length === held.length && seats.every((s) => held.some((h) => sameSeat(h, s)));
    const bookings = await api.bookings().catch((): Booking[] => []);
    if (signal.aborted) throw new Stopped();
    const found = bookings.find(
      (b) => b.eventId === state().purchase.eventId && b.status !== 'failed' && same(b.tickets.map((t) => t.seat)),
    );
    if (!found) return tell({ type: 'used' });
    finishPurchase(id, found.id);
    tell({ type: 'booked', bookingId: found.id });
  };

  /** Whatever passes is waited for, as long as it takes: whether money was taken is not known before the answer. */
  const noAnswer = (problem: Problem, tries: number) => {
    if (problem.passing || problem.status === 401) tell({ type: 'noAnswer', problem });
    return problem.passing ? backoff(tries, problem) : undefined;
  };

  const book = async (sent: SentBooking, signal: AbortSignal) => {
    for (let polls = 0; ; polls++) {
      const { bookingId, bookingKey } = state().purchase;
      const booking = await insist(
        pauses,
        signal,
        () => (bookingId ? api.booking(bookingId) : api.book(bookingKey, sent)),
        (problem, tries) => (bookingId && problem.status === 404 ? backoff(tries, problem) : noAnswer(problem, tries)),
      );
      if (booking.status === 'failed') {
        const code = booking.failure ?? 'holdLapsed';
        throw new Problem(code === 'paymentDeclined' ? 402 : 409, { code });
      }
      if (booking.status !== 'recorded') return booked(booking, signal);
      store({ bookingId: booking.id });
      tell({ type: 'recorded' });
      await pauses.pause(Math.min(1_000 * 1.5 ** polls, 5_000), signal);
    }
  };

  const booked = async (booking: Booking, signal: AbortSignal) => {
    for (const { ticketId, to } of laterNames(state().purchase, booking)) {
      const wait = (problem: Problem, tries: number) => (problem.passing && tries < 2 ? backoff(tries, problem) : undefined);
      await insist(pauses, signal, () => api.name(booking.id, ticketId, to), wait).catch((thrown: unknown) => {
        if (thrown instanceof Stopped) throw thrown; // else it is named later, on the booking's page
      });
    }
    finishPurchase(id, booking.id);
    tell({ type: 'booked', bookingId: booking.id });
  };

  /** What a booking that was refused for good leads to. Nothing was charged. */
  const refused = async (problem: Problem, sent: SentBooking, signal: AbortSignal) => {
    if (problem.status === 401) return; // the page asks to sign in, and comes back here
    if (problem.code === 'holdUsed' || problem.code === 'idempotencyMismatch') return findBooked(signal);
    const lost = (why: Loss) => {
      const renewed = renewPurchase(id); // a failed booking may be on record under the old keys
      if (!renewed) return tell({ type: 'gone' });
      tell({ type: 'stored', purchase: renewed });
      tell({ type: 'lost', why });
    };
    if (problem.code === 'holdLapsed' || problem.fields.some((f) => f.location === 'body.hold')) return lost('lapsed');
    if (problem.code === 'notOnSale') return lost('notOnSale');
    if (problem.status === 402) {
      // Declined before anything was recorded: the places stay. Refused after: they are gone.
      try {
        const hold = await insist(pauses, signal, () => api.held(sent.hold), noAnswer);
        if (store({ sent: undefined, bookingId: undefined, hold })) tell({ type: 'notBooked', problem });
      } catch (thrown) {
        if (thrown instanceof Stopped) throw thrown;
        if (asProblem(thrown).status !== 401) lost('paymentRefused');
      }
      return;
    }
    if (store({ sent: undefined, bookingId: undefined })) tell({ type: 'notBooked', problem });
  };

  return { book, refused, findBooked };
};
