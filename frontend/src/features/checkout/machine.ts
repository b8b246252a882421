import type { Problem } from '../../lib/problem';
import type { Purchase } from '../../lib/purchase';

/** Why places that were held are not any more. */
export type Loss = 'lapsed' | 'paymentRefused' | 'notOnSale';

/** Where a checkout is. What goes on by itself is "taking" and "paying"; the rest waits for the person. */
export type Step =
  /** Places are asked for; problem: why once more. */
  | { name: 'taking'; problem?: Problem }
  /** They cannot be had like this. */
  | { name: 'refused'; problem: Problem }
  /** They are held. problem: what the last payment came to; extension: how asking for more time goes. */
  | { name: 'form'; problem?: Problem; extension?: 'asked' | Problem }
  /** The booking was sent and is not answered. settling: it is known to the server, whose provider takes its time. */
  | { name: 'paying'; problem?: Problem; settling?: true }
  /** They were held and are not any more; nothing was charged. */
  | { name: 'lost'; why: Loss }
  /** They are booked, by another way than this one. */
  | { name: 'used' }
  /** They were given back, perhaps in another tab. */
  | { name: 'gone' }
  | { name: 'done'; bookingId: string };

export interface State {
  purchase: Purchase;
  step: Step;
}

export type Action =
  | { type: 'stored'; purchase: Purchase }
  | { type: 'take' }
  | { type: 'held' }
  | { type: 'notHeld'; problem: Problem; again: boolean }
  | { type: 'extend' }
  | { type: 'extended' }
  | { type: 'notExtended'; problem: Problem }
  | { type: 'lost'; why: Loss }
  | { type: 'send' }
  | { type: 'noAnswer'; problem: Problem }
  | { type: 'recorded' }
  | { type: 'notBooked'; problem?: Problem }
  | { type: 'used' }
  | { type: 'gone' }
  | { type: 'booked'; bookingId: string };

/** Steps that an action means something in; elsewhere it comes too late and changes nothing. */
const meant: Partial<Record<Action['type'], Step['name'][]>> = {
  take: ['taking', 'refused', 'form', 'lost'],
  held: ['taking'],
  notHeld: ['taking'],
  extend: ['form'],
  extended: ['form'],
  notExtended: ['form'],
  lost: ['taking', 'form', 'paying'],
  send: ['taking', 'form', 'paying'],
  noAnswer: ['paying'],
  recorded: ['paying'],
  notBooked: ['paying'],
  used: ['taking', 'form', 'paying'],
  gone: ['taking', 'refused', 'form', 'paying', 'lost'],
};

const next = (step: Step, action: Exclude<Action, { type: 'stored' }>): Step => {
  switch (action.type) {
    case 'take':
      return { name: 'taking' };
    case 'held':
    case 'extended':
      return { name: 'form', ...(step.name === 'form' && step.problem && { problem: step.problem }) };
    case 'notHeld':
      return action.again ? { name: 'taking', problem: action.problem } : { name: 'refused', problem: action.problem };
    case 'extend':
      return { ...step, name: 'form', extension: 'asked' };
    case 'notExtended':
      return { ...step, name: 'form', extension: action.problem };
    case 'lost':
      return { name: 'lost', why: action.why };
    case 'send':
      return { name: 'paying' };
    case 'noAnswer':
      return { ...step, name: 'paying', problem: action.problem };
    case 'recorded':
      return { name: 'paying', settling: true };
    case 'notBooked':
      return { name: 'form', ...(action.problem && { problem: action.problem }) };
    case 'used':
      return { name: 'used' };
    case 'gone':
      return { name: 'gone' };
    case 'booked':
      return { name: 'done', bookingId: action.bookingId };
  }
};

/** What an action makes of a checkout. */
export const reduce = (state: State, action: Action): State => {
  if (action.type === 'stored') return { ...state, purchase: action.purchase };
  if (state.step.name === 'done' || meant[action.type]?.includes(state.step.name) === false) return state;
  return { ...state, step: next(state.step, action) };
};

/** Where a stored purchase goes on. */
export const begin = (purchase: Purchase): State => ({
  purchase,
  step:
    purchase.finished && purchase.bookingId
      ? { name: 'done', bookingId: purchase.bookingId }
      : purchase.sent
        ? { name: 'paying' }
        : { name: 'taking' },
});
