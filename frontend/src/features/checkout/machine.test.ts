import { describe, expect, test } from 'vitest';
import { Problem } from '../../lib/problem';
import type { Purchase } from '../../lib/purchase';
import { aHold } from '../../test/factories';
import { type Action, begin, reduce, type State, type Step } from './machine';

const purchase: Purchase = {
  id: 'p1',
  eventId: 'evt_1',
  items: [{ ticketTypeId: 'tt_seat', quantity: 3 }],
  together: true,
  holdKey: 'hold-key',
  bookingKey: 'booking-key',
  startedAt: 0,
  attendees: [],
};
const at = (step: Step): State => ({ purchase, step });
const after = (step: Step, ...actions: Action[]): Step => actions.reduce(reduce, at(step)).step;
const problem = new Problem(409, { code: 'seatTaken' });
const lostReply = new Problem(0);

describe('begins', () => {
  test.each([
    ['by asking for places', purchase, 'taking'],
    ['by asking for what it held, too', { ...purchase, hold: aHold() }, 'taking'],
    ['by sending again what was sent', { ...purchase, sent: { hold: 'token' } }, 'paying'],
    ['at the end, where that was reached', { ...purchase, bookingId: 'bkg_1', finished: true as const }, 'done'],
    ['by sending again what is not settled', { ...purchase, sent: { hold: 'token' }, bookingId: 'bkg_1' }, 'paying'],
  ])('%s', (_, stored, want) => {
    expect(begin(stored).step.name).toBe(want);
  });
});

describe('leads', () => {
  test.each<[string, Step, Action[], Step]>([
    ['from asking to the form', { name: 'taking' }, [{ type: 'held' }], { name: 'form' }],
    [
      'from a refusal that may pass to asking on',
      { name: 'taking' },
      [{ type: 'notHeld', problem, again: true }],
      { name: 'taking', problem },
    ],
    [
      'from a refusal to its ways out',
      { name: 'taking' },
      [{ type: 'notHeld', problem, again: false }],
      { name: 'refused', problem },
    ],
    ['from a way out to asking', { name: 'refused', problem }, [{ type: 'take' }], { name: 'taking' }],
    ['from the form to paying', { name: 'form', problem }, [{ type: 'send' }], { name: 'paying' }],
    [
      'a lost reply to asking on',
      { name: 'form' },
      [{ type: 'send' }, { type: 'noAnswer', problem: lostReply }],
      { name: 'paying', problem: lostReply },
    ],
    [
      'a booking on record to waiting for it',
      { name: 'paying', problem: lostReply },
      [{ type: 'recorded' }],
      { name: 'paying', settling: true },
    ],
    ['a decline back to the form', { name: 'paying' }, [{ type: 'notBooked', problem }], { name: 'form', problem }],
    ['time to its end', { name: 'form' }, [{ type: 'lost', why: 'lapsed' }], { name: 'lost', why: 'lapsed' }],
    ['the end of time to asking', { name: 'lost', why: 'lapsed' }, [{ type: 'take' }], { name: 'taking' }],
    ['a wish for more time', { name: 'form', problem }, [{ type: 'extend' }], { name: 'form', problem, extension: 'asked' }],
    [
      'more time to the form as it was',
      { name: 'form', problem, extension: 'asked' },
      [{ type: 'extended' }],
      { name: 'form', problem },
    ],
    [
      'a wish that failed to saying so',
      { name: 'form', extension: 'asked' },
      [{ type: 'notExtended', problem: lostReply }],
      { name: 'form', extension: lostReply },
    ],
    ['paying to the tickets', { name: 'paying' }, [{ type: 'booked', bookingId: 'bkg_1' }], { name: 'done', bookingId: 'bkg_1' }],
    ['giving back to the end', { name: 'form' }, [{ type: 'gone' }], { name: 'gone' }],
  ])('%s', (_, from, actions, want) => {
    expect(after(from, ...actions)).toEqual(want);
  });
});

describe('what comes too late changes nothing', () => {
  const done: Step = { name: 'done', bookingId: 'bkg_1' };
  test.each<[string, Step, Action]>([
    ['places after they were given back', { name: 'gone' }, { type: 'held' }],
    ['the end of time while paying was not asked', { name: 'refused', problem }, { type: 'lost', why: 'lapsed' }],
    ['more time while paying', { name: 'paying' }, { type: 'extended' }],
    ['a refusal of places in the form', { name: 'form' }, { type: 'notHeld', problem, again: false }],
    ['an answer nobody waits for', { name: 'form' }, { type: 'noAnswer', problem: lostReply }],
    ['a decline after the end', done, { type: 'notBooked', problem }],
    ['the end of time after the end', done, { type: 'lost', why: 'lapsed' }],
    ['giving back after the end', done, { type: 'gone' }],
    ['paying after the end', done, { type: 'send' }],
  ])('%s', (_, step, action) => {
    const state = at(step);
    expect(reduce(state, action)).toBe(state);
  });
});

test('what is stored is shown, wherever it is', () => {
  const named = { ...purchase, attendees: [{ name: 'Ada', email: '' }] };
  expect(reduce(at({ name: 'form' }), { type: 'stored', purchase: named })).toEqual({ purchase: named, step: { name: 'form' } });
});
