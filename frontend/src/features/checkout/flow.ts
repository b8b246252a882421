import type { WantItem } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { asProblem, type Problem } from '../../lib/problem';
import {
  alone,
  changePurchase,
  type Draft,
  dropPurchase,
  type Purchase,
  readPurchase,
  renewPurchase,
  type SentBooking,
  watchPurchase,
} from '../../lib/purchase';
import { attendeesOf } from './attendees';
import { backoff, insist, makePauses, Stopped } from './insist';
import { type Action, begin, reduce, type State } from './machine';
import { makeTill } from './till';
import { type Wire, wire } from './wire';

/** A checkout that goes on by itself as far as it can, and tells where it is. */
export interface Checkout {
  state(): State;
  subscribe(tell: () => void): () => void;
  /** Goes on where the stored purchase is; returns how to pause, which loses nothing. */
  start(): () => void;
  /** Asks for the same places once more, under the same key. */
  retry(): void;
  /** Asks under a new key: for the same, or for something else. What is held is given back before. */
  takeAnew(want?: { items?: WantItem[]; together?: boolean }): void;
  extend(): void;
  name(attendees: Draft[]): void;
  pay(payment?: { method: string; token: string }): void;
  /** Ends the present pause between two tries. */
  hurry(): void;
  /** The person went elsewhere: gives the places back unless they are being paid for. What was typed stays. */
  leave(): void;
  /** Gives the places back and forgets the purchase. */
  giveBack(): void;
}

const patience = 2 * 60_000; // milliseconds for which places in other people's hands are asked for again
const askAgain = 4_000; // milliseconds between these
const refusedAfter = 4; // tries, of a server in trouble; without network or where it says when, it is tried on

const nothing = () => undefined;

export const createCheckout = (purchase: Purchase, userId: string, api: Wire = wire): Checkout => {
  const { id } = purchase;
  let state = begin(purchase);
  let run = new AbortController();
  let left = false;
  const listeners = new Set<() => void>();
  const pauses = makePauses();

  const tell = (action: Action) => {
    const next = reduce(state, action);
    if (next === state) return;
    state = next;
    for (const listener of listeners) listener();
  };

  /** Stores first, then shows. False: the purchase is gone. */
  const store = (change: Parameters<typeof changePurchase>[1]): boolean => {
    const stored = changePurchase(id, change);
    tell(stored ? { type: 'stored', purchase: stored } : { type: 'gone' });
    return !!stored;
  };

  const till = makeTill({ id, api, pauses, state: () => state, tell, store });

  /** Begins work; what was under way has no say any more. */
  const begun = (work: (signal: AbortSignal) => Promise<void>) => {
    run.abort();
    run = new AbortController();
    work(run.signal).catch((thrown: unknown) => {
      if (!(thrown instanceof Stopped)) throw thrown;
    });
  };

  const release = (token: string) => api.release(token).catch(nothing); // else it lapses

  const take = async (signal: AbortSignal) => {
    const patientUntil = now() + patience;
    const wait = (problem: Problem, tries: number) => {
      const held = problem.code === 'allHeld';
      const waits = problem.status === 0 || problem.retryAfter !== undefined;
      const again = held ? now() < patientUntil : problem.passing && (waits || tries < refusedAfter);
      if (again) tell({ type: 'notHeld', problem, again });
      return again ? (held ? askAgain : backoff(tries, problem)) : undefined;
    };
    const ask = async () => {
      const hold = await api.hold(state.purchase);
      if (left) void release(hold.token);
      return hold;
    };
    try {
      const hold = await insist(pauses, signal, ask, wait);
      if (store({ hold, userId })) tell({ type: 'held' });
      else void release(hold.token);
    } catch (thrown) {
      if (thrown instanceof Stopped) throw thrown;
      const problem = asProblem(thrown);
      if (problem.code === 'holdUsed') await till.findBooked(signal);
      else tell({ type: 'notHeld', problem, again: false });
    }
  };

  /** Sends the booking that is stored; mine, where none is yet. */
  const send = (mine?: SentBooking) => {
    tell({ type: 'send' });
    begun((signal) =>
      alone(id, signal, async () => {
        const stored = readPurchase(id); // another tab may have been here meanwhile
        if (stored?.finished && stored.bookingId) return tell({ type: 'booked', bookingId: stored.bookingId });
        const sent = stored?.sent ?? mine;
        if (stored && !sent) return tell({ type: 'notBooked' });
        if (!sent || !store({ sent })) return tell({ type: 'gone' });
        try {
          await till.book(sent, signal);
        } catch (thrown) {
          if (thrown instanceof Stopped) throw thrown;
          await till.refused(asProblem(thrown), sent, signal);
        }
      }),
    );
  };

  const extend = async (token: string) => {
    tell({ type: 'extend' });
    try {
      const hold = await api.extend(token);
      if (state.step.name === 'form' && store({ hold, extended: true })) tell({ type: 'extended' });
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (state.step.name !== 'form') return;
      if (problem.code === 'holdUsed') begun(till.findBooked);
      else if (problem.code === 'holdLapsed' || problem.status === 404) tell({ type: 'lost', why: 'lapsed' });
      else tell({ type: 'notExtended', problem });
    }
  };

  const lapse = () => {
    const { step, purchase } = state;
    if (step.name !== 'form' || step.extension === 'asked' || !purchase.hold) return;
    if (now() >= Date.parse(purchase.hold.expiresAt)) tell({ type: 'lost', why: 'lapsed' });
  };

  const retry = () => {
    tell({ type: 'take' });
    begun(take);
  };

  /** Follows what another tab did. */
  const followed = (stored: Purchase | undefined) => {
    if (!stored) {
      run.abort();
      return tell({ type: 'gone' });
    }
    if (stored.finished && stored.bookingId) return tell({ type: 'booked', bookingId: stored.bookingId });
    const { step, purchase: before } = state;
    tell({ type: 'stored', purchase: stored });
    if (step.name === 'form' && stored.sent) send();
    else if (step.name !== 'paying' && stored.holdKey !== before.holdKey) retry();
    else if (step.name === 'form' && !stored.hold) retry();
  };

  return {
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    start: () => {
      left = false;
      const timer = setInterval(lapse, 1_000);
      const unwatch = watchPurchase(id, followed);
      window.addEventListener('online', pauses.wake);
      if (state.step.name === 'taking') begun(take);
      if (state.step.name === 'paying') send();
      return () => {
        run.abort();
        clearInterval(timer);
        unwatch();
        window.removeEventListener('online', pauses.wake);
      };
    },
    retry,
    takeAnew: (want) => {
      const before = state.purchase.hold;
      const renewed = renewPurchase(id, want);
      if (!renewed) return tell({ type: 'gone' });
      tell({ type: 'stored', purchase: renewed });
      tell({ type: 'take' });
      begun(async (signal) => {
        if (before) await release(before.token); // it may be what stands in the way
        await take(signal);
      });
    },
    extend: () => {
      const { step, purchase } = state;
      if (step.name === 'form' && step.extension !== 'asked' && !purchase.extended && purchase.hold) {
        void extend(purchase.hold.token);
      }
    },
    name: (attendees) => void store({ attendees }),
    pay: (payment) => {
      const { step, purchase } = state;
      if (step.name !== 'form' || !purchase.hold) return;
      const attendees = attendeesOf(purchase.attendees);
      send({ hold: purchase.hold.token, ...(attendees.length > 0 && { attendees }), ...(payment && { payment }) });
    },
    hurry: pauses.wake,
    leave: () => {
      const stored = readPurchase(id);
      if (!stored || stored.sent || stored.finished) return;
      left = true;
      if (!stored.hold) return;
      changePurchase(id, { hold: undefined, extended: undefined });
      void release(stored.hold.token);
    },
    giveBack: () => {
      const stored = readPurchase(id);
      if (stored?.sent || state.step.name === 'paying') return;
      left = true;
      run.abort();
      if (stored?.hold) void release(stored.hold.token);
      dropPurchase(id);
      tell({ type: 'gone' });
    },
  };
};
