import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Problem } from '../../lib/problem';
import { changePurchase, finishPurchase, type Purchase, readPurchase, startPurchase } from '../../lib/purchase';
import { aBooking, aHold, aSeat, aTicket } from '../../test/factories';
import { type Checkout, createCheckout } from './flow';
import type { Wire } from './wire';

const ok = { method: 'test', token: 'ok' };
const noReply = () => new Problem(0);
const refusal = (status: number, code: string, retryAfter?: number) => new Problem(status, { code }, retryAfter);

const wireOf = () => ({
  hold: vi.fn<Wire['hold']>(async () => aHold()),
  held: vi.fn<Wire['held']>(async () => aHold()),
  extend: vi.fn<Wire['extend']>(async () => aHold({ expiresAt: new Date(Date.now() + 20 * 60_000).toISOString() })),
  release: vi.fn<Wire['release']>(async () => {}),
  book: vi.fn<Wire['book']>(async () => aBooking()),
  booking: vi.fn<Wire['booking']>(async () => aBooking()),
  bookings: vi.fn<Wire['bookings']>(async () => []),
  name: vi.fn<Wire['name']>(async () => {}),
});

let api: ReturnType<typeof wireOf>;
let stops: (() => void)[] = [];

const run = (purchase: Purchase): Checkout & { stop(): void } => {
  const checkout = createCheckout(purchase, 'usr_alex', api);
  const stop = checkout.start();
  stops.push(stop);
  return { ...checkout, stop };
};
/** What a reload does: a page that knows only what is stored. */
const reload = (id: string) => run(readPurchase(id) ?? expect.fail('nothing is stored'));
const settled = () => vi.advanceTimersByTimeAsync(0);
const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);
const where = (c: Checkout) => c.state().step.name;
const begun = () => startPurchase('evt_1', [{ ticketTypeId: 'tt_seat', quantity: 3 }], true);
const inForm = async () => {
  const checkout = run(begun());
  await settled();
  expect(where(checkout)).toBe('form');
  return checkout;
};
const stored = (c: Checkout) => readPurchase(c.state().purchase.id);
/** What another tab wrote, told to this one. */
const fromAnotherTab = (id: string) => window.dispatchEvent(new StorageEvent('storage', { key: `myevents.purchase.${id}` }));

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0);
  api = wireOf();
});
afterEach(() => {
  for (const stop of stops) stop();
  stops = [];
  vi.useRealTimers();
});

describe('holding', () => {
  test('asks with the stored key, stores what it got, and whose it is', async () => {
    const purchase = begun();
    const checkout = run(purchase);
    expect(where(checkout)).toBe('taking');
    await settled();
    expect(where(checkout)).toBe('form');
    expect(api.hold.mock.calls[0]?.[0]).toMatchObject({ holdKey: purchase.holdKey, items: purchase.items, together: true });
    expect(stored(checkout)).toMatchObject({ hold: { token: 'hold-token' }, userId: 'usr_alex' });
  });

  test('a reload asks with the same key', async () => {
    const first = await inForm();
    first.stop();
    reload(first.state().purchase.id);
    await settled();
    expect(api.hold.mock.calls.map(([p]) => p.holdKey)).toEqual(Array(2).fill(first.state().purchase.holdKey));
  });

  test('a lost reply is asked for again, later each time, under the same key', async () => {
    api.hold.mockRejectedValueOnce(noReply()).mockRejectedValueOnce(noReply());
    const checkout = run(begun());
    await settled();
    expect(checkout.state().step).toMatchObject({ name: 'taking', problem: { code: 'offline' } });
    await pass(1);
    expect(api.hold).toHaveBeenCalledTimes(2);
    await pass(1.9);
    expect(api.hold).toHaveBeenCalledTimes(2);
    await pass(0.2);
    expect(where(checkout)).toBe('form');
    expect(new Set(api.hold.mock.calls.map(([p]) => p.holdKey)).size).toBe(1);
  });

  test('a sale that is about to open is waited for as long as it says', async () => {
    api.hold.mockRejectedValueOnce(refusal(503, 'opening', 7));
    const checkout = run(begun());
    await pass(6.9);
    expect(api.hold).toHaveBeenCalledTimes(1);
    await pass(0.2);
    expect(where(checkout)).toBe('form');
  });

  test('the network coming back ends the wait', async () => {
    api.hold.mockRejectedValueOnce(refusal(503, 'opening', 60));
    const checkout = run(begun());
    await settled();
    window.dispatchEvent(new Event('online'));
    await settled();
    expect(where(checkout)).toBe('form');
  });

  test('a server that stays in trouble is left to the person after four more tries', async () => {
    api.hold.mockRejectedValue(refusal(500, 'internal'));
    const checkout = run(begun());
    await pass(60);
    expect(api.hold).toHaveBeenCalledTimes(5);
    expect(checkout.state().step).toMatchObject({ name: 'refused', problem: { status: 500 } });
    api.hold.mockResolvedValue(aHold());
    const key = checkout.state().purchase.holdKey;
    checkout.retry();
    await settled();
    expect(where(checkout)).toBe('form');
    expect(api.hold.mock.lastCall?.[0].holdKey).toBe(key);
  });

  test('places in other people’s hands are asked for during two minutes', async () => {
    api.hold.mockRejectedValue(refusal(409, 'allHeld'));
    const checkout = run(begun());
    await pass(119);
    expect(checkout.state().step).toMatchObject({ name: 'taking', problem: { code: 'allHeld' } });
    await pass(5);
    expect(where(checkout)).toBe('refused');
    expect(api.hold.mock.calls.length).toBe(31);
  });

  test('one of them comes back', async () => {
    api.hold.mockRejectedValueOnce(refusal(409, 'allHeld'));
    const checkout = run(begun());
    await pass(5);
    expect(where(checkout)).toBe('form');
  });

  test.each(['seatTaken', 'soldOut', 'notTogether', 'notOnSale', 'limitReached'])('%s is told at once', async (code) => {
    api.hold.mockRejectedValue(refusal(409, code));
    const checkout = run(begun());
    await pass(60);
    expect(api.hold).toHaveBeenCalledTimes(1);
    expect(checkout.state().step).toMatchObject({ name: 'refused', problem: { code } });
  });

  test('something else is asked for under new keys; the names stay', async () => {
    api.hold.mockRejectedValueOnce(refusal(409, 'seatTaken'));
    const checkout = run(begun());
    await settled();
    const before = checkout.state().purchase;
    checkout.name([{ name: 'Ada', email: '' }]);
    checkout.takeAnew({ items: [{ ticketTypeId: 'tt_seat', quantity: 2 }], together: true });
    await settled();
    const after = api.hold.mock.lastCall?.[0];
    expect(after?.items).toEqual([{ ticketTypeId: 'tt_seat', quantity: 2 }]);
    expect(after?.holdKey).not.toBe(before.holdKey);
    expect(after?.bookingKey).not.toBe(before.bookingKey);
    expect(stored(checkout)).toMatchObject({ attendees: [{ name: 'Ada' }], hold: { token: 'hold-token' } });
  });

  test('a hold that was booked leads to its booking', async () => {
    const purchase = begun();
    changePurchase(purchase.id, { hold: aHold() });
    api.hold.mockRejectedValue(refusal(409, 'holdUsed'));
    api.bookings.mockResolvedValue([aBooking({ id: 'bkg_other', tickets: [aTicket()] }), aBooking({ id: 'bkg_mine' })]);
    const checkout = reload(purchase.id);
    await settled();
    expect(checkout.state().step).toEqual({ name: 'done', bookingId: 'bkg_mine' });
  });
});

describe('time', () => {
  test('ends when the hold does, and trying again gives back, asks under a new key and keeps the names', async () => {
    const checkout = await inForm();
    const { holdKey } = checkout.state().purchase;
    checkout.name([{ name: 'Ada', email: '' }]);
    await pass(9 * 60 + 59);
    expect(where(checkout)).toBe('form');
    await pass(2);
    expect(checkout.state().step).toEqual({ name: 'lost', why: 'lapsed' });
    checkout.takeAnew();
    await settled();
    expect(api.release).toHaveBeenCalledWith('hold-token');
    expect(api.hold.mock.lastCall?.[0].holdKey).not.toBe(holdKey);
    expect(where(checkout)).toBe('form');
    expect(checkout.state().purchase.attendees).toEqual([{ name: 'Ada', email: '' }]);
  });

  test('is added once, and a reload remembers', async () => {
    const checkout = await inForm();
    checkout.extend();
    checkout.extend();
    await settled();
    expect(api.extend).toHaveBeenCalledTimes(1);
    expect(stored(checkout)).toMatchObject({ extended: true });
    await pass(15 * 60);
    expect(where(checkout)).toBe('form');
    checkout.extend();
    await settled();
    expect(api.extend).toHaveBeenCalledTimes(1);
    await pass(5 * 60 + 1);
    expect(where(checkout)).toBe('lost');
  });

  test('that was asked for too late has run out', async () => {
    api.extend.mockRejectedValue(refusal(409, 'holdLapsed'));
    const checkout = await inForm();
    checkout.extend();
    await settled();
    expect(checkout.state().step).toEqual({ name: 'lost', why: 'lapsed' });
  });

  test('whose wish was lost can be wished for again', async () => {
    api.extend.mockRejectedValueOnce(noReply());
    const checkout = await inForm();
    checkout.extend();
    await settled();
    expect(checkout.state().step).toMatchObject({ name: 'form', extension: { code: 'offline' } });
    checkout.extend();
    await settled();
    expect(checkout.state().step).toEqual({ name: 'form' });
  });

  test('does not end while a payment is under way', async () => {
    api.book.mockImplementation(() => new Promise(() => {}));
    const checkout = await inForm();
    checkout.pay(ok);
    await pass(11 * 60);
    expect(where(checkout)).toBe('paying');
  });
});

describe('leaving', () => {
  test('gives the places back and keeps what was typed', async () => {
    const checkout = await inForm();
    checkout.name([{ name: 'Ada', email: '' }]);
    checkout.leave();
    expect(api.release).toHaveBeenCalledWith('hold-token');
    expect(stored(checkout)?.hold).toBeUndefined();
    expect(stored(checkout)?.attendees).toEqual([{ name: 'Ada', email: '' }]);
  });

  test('before the places came gives them back when they come', async () => {
    let answer = (_: ReturnType<typeof aHold>): void => undefined;
    api.hold.mockImplementation(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const checkout = run(begun());
    await settled();
    checkout.leave();
    checkout.stop();
    answer(aHold());
    await settled();
    expect(api.release).toHaveBeenCalledWith('hold-token');
  });

  test('gives nothing back that is being paid for', async () => {
    api.book.mockRejectedValue(noReply());
    const checkout = await inForm();
    checkout.pay(ok);
    await settled();
    checkout.leave();
    checkout.giveBack();
    expect(api.release).not.toHaveBeenCalled();
    expect(stored(checkout)?.sent).toBeDefined();
  });

  test('for good forgets everything', async () => {
    const checkout = await inForm();
    checkout.giveBack();
    expect(api.release).toHaveBeenCalledWith('hold-token');
    expect(stored(checkout)).toBeUndefined();
    expect(where(checkout)).toBe('gone');
  });
});

describe('paying', () => {
  test('stores what it sends before it sends, and nothing after it is booked', async () => {
    let before: Purchase | undefined;
    const checkout = await inForm();
    const { bookingKey, id } = checkout.state().purchase;
    api.book.mockImplementation(async () => {
      before = readPurchase(id);
      return aBooking();
    });
    checkout.name([{ name: ' Ada ', email: ' ada@b.c ' }]);
    checkout.pay(ok);
    await settled();
    const sent = { hold: 'hold-token', attendees: [{ name: 'Ada', email: 'ada@b.c' }], payment: ok };
    expect(api.book.mock.calls).toEqual([[bookingKey, sent]]);
    expect(before?.sent).toEqual(sent);
    expect(checkout.state().step).toEqual({ name: 'done', bookingId: 'bkg_1' });
    expect(stored(checkout)).toMatchObject({ finished: true, bookingId: 'bkg_1', attendees: [] });
    expect(JSON.stringify(stored(checkout))).not.toMatch(/Ada|hold-token/);
  });

  test('sends no payment where nothing is to pay', async () => {
    const checkout = await inForm();
    checkout.pay();
    await settled();
    expect(api.book.mock.calls[0]?.[1]).toEqual({ hold: 'hold-token' });
  });

  test('a double click pays once', async () => {
    const checkout = await inForm();
    checkout.pay(ok);
    checkout.pay(ok);
    await settled();
    expect(api.book).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['a lost reply', noReply()],
    ['a server in trouble', refusal(500, 'internal')],
    ['a gateway in trouble', refusal(502, 'unknown')],
    ['too many at once', refusal(429, 'tooMany', 2)],
    ['a busy block', refusal(503, 'blockBusy', 2)],
  ])('after %s asks again with the same key and body', async (_, problem) => {
    api.book.mockRejectedValueOnce(problem).mockRejectedValueOnce(problem);
    const checkout = await inForm();
    checkout.pay(ok);
    await settled();
    expect(checkout.state().step).toMatchObject({ name: 'paying', problem });
    await pass(5);
    expect(where(checkout)).toBe('done');
    const [first, ...more] = api.book.mock.calls;
    expect(more).toEqual([first, first]);
  });

  test('asks on for as long as there is no network', async () => {
    api.book.mockRejectedValue(noReply());
    const checkout = await inForm();
    checkout.pay(ok);
    await pass(30 * 60);
    expect(where(checkout)).toBe('paying');
    api.book.mockResolvedValue(aBooking());
    window.dispatchEvent(new Event('online'));
    await settled();
    expect(where(checkout)).toBe('done');
  });

  test('a reload goes on by itself, with the same key and body', async () => {
    api.book.mockRejectedValueOnce(noReply());
    const checkout = await inForm();
    checkout.pay(ok);
    await settled();
    checkout.stop();
    api.hold.mockClear();
    const again = reload(checkout.state().purchase.id);
    expect(where(again)).toBe('paying');
    await settled();
    expect(where(again)).toBe('done');
    expect(api.hold).not.toHaveBeenCalled();
    expect(api.book.mock.calls[1]).toEqual(api.book.mock.calls[0]);
  });

  test('an answer to a page that was left says nothing to it', async () => {
    let answer = (_: ReturnType<typeof aBooking>): void => undefined;
    api.book.mockImplementation(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const checkout = await inForm();
    checkout.pay(ok);
    await settled();
    checkout.stop();
    answer(aBooking());
    await settled();
    expect(where(checkout)).toBe('paying');
    expect(stored(checkout)?.sent).toBeDefined();
  });

  test('a decline leaves the hold, and another way is tried under the same key', async () => {
    api.book.mockRejectedValueOnce(refusal(402, 'paymentDeclined'));
    const checkout = await inForm();
    checkout.pay({ method: 'test', token: 'declined' });
    await settled();
    expect(checkout.state().step).toMatchObject({ name: 'form', problem: { code: 'paymentDeclined' } });
    expect(stored(checkout)?.sent).toBeUndefined();
    checkout.pay(ok);
    await settled();
    expect(where(checkout)).toBe('done');
    const [[key, declined], [again, paid]] = api.book.mock.calls as [Parameters<Wire['book']>, Parameters<Wire['book']>];
    expect(again).toBe(key);
    expect([declined.payment?.token, paid.payment?.token]).toEqual(['declined', 'ok']);
  });

  test('a payment that was taken back leaves no hold; the next goes by new keys', async () => {
    api.book.mockRejectedValueOnce(refusal(402, 'paymentDeclined'));
    api.held.mockRejectedValueOnce(noReply()).mockRejectedValueOnce(refusal(404, 'notFound'));
    const checkout = await inForm();
    const { holdKey, bookingKey } = checkout.state().purchase;
    checkout.pay(ok);
    await pass(2);
    expect(checkout.state().step).toEqual({ name: 'lost', why: 'paymentRefused' });
    checkout.takeAnew();
    await settled();
    checkout.pay(ok);
    await settled();
    expect(where(checkout)).toBe('done');
    expect(api.hold.mock.lastCall?.[0].holdKey).not.toBe(holdKey);
    expect(api.book.mock.lastCall?.[0]).not.toBe(bookingKey);
  });

  test('what is still settling is asked about until it is settled, also after a reload', async () => {
    api.book.mockResolvedValue(aBooking({ status: 'recorded' }));
    api.booking.mockResolvedValue(aBooking({ status: 'recorded' }));
    const checkout = await inForm();
    checkout.pay(ok);
    await pass(3);
    expect(checkout.state().step).toEqual({ name: 'paying', settling: true });
    checkout.stop();
    const again = reload(checkout.state().purchase.id);
    api.booking.mockRejectedValueOnce(refusal(404, 'notFound')).mockRejectedValueOnce(noReply()).mockResolvedValue(aBooking());
    await pass(10);
    expect(where(again)).toBe('done');
    expect(api.book).toHaveBeenCalledTimes(1);
  });

  test.each([
    ['holdLapsed', 'lapsed'],
    ['notOnSale', 'notOnSale'],
  ])('what fails in settling as %s is told', async (failure, why) => {
    api.book.mockResolvedValue(aBooking({ status: 'recorded' }));
    api.booking.mockResolvedValue(aBooking({ status: 'failed', failure }));
    const checkout = await inForm();
    const { bookingKey } = checkout.state().purchase;
    checkout.pay(ok);
    await pass(2);
    expect(checkout.state().step).toEqual({ name: 'lost', why });
    expect(stored(checkout)?.bookingKey).not.toBe(bookingKey);
    expect(stored(checkout)?.sent).toBeUndefined();
  });

  test('a refused payment in settling leaves no hold', async () => {
    api.book.mockResolvedValue(aBooking({ status: 'failed', failure: 'paymentDeclined' }));
    api.held.mockRejectedValue(refusal(404, 'notFound'));
    const checkout = await inForm();
    checkout.pay(ok);
    await settled();
    expect(checkout.state().step).toEqual({ name: 'lost', why: 'paymentRefused' });
  });

  test.each([
    ['too late', refusal(409, 'holdLapsed')],
    ['of a hold that the server does not know', new Problem(422, { code: 'invalid', errors: [{ location: 'body.hold' }] })],
  ])('%s asks for the places anew', async (_, problem) => {
    api.book.mockRejectedValue(problem);
    const checkout = await inForm();
    checkout.pay(ok);
    await settled();
    expect(checkout.state().step).toEqual({ name: 'lost', why: 'lapsed' });
  });

  test.each(['holdUsed', 'idempotencyMismatch'])('%s leads to the booking that there is', async (code) => {
    api.book.mockRejectedValue(refusal(code === 'holdUsed' ? 409 : 422, code));
    api.bookings.mockResolvedValue([aBooking({ id: 'bkg_there' })]);
    const checkout = await inForm();
    checkout.pay(ok);
    await settled();
    expect(checkout.state().step).toEqual({ name: 'done', bookingId: 'bkg_there' });
  });

  test('a booking that is not found is left to the list of bookings', async () => {
    api.book.mockRejectedValue(refusal(409, 'holdUsed'));
    api.bookings.mockRejectedValue(noReply());
    const checkout = await inForm();
    checkout.pay(ok);
    await settled();
    expect(where(checkout)).toBe('used');
  });

  test('a wrong field goes back to the form, and what was sent is no longer bound', async () => {
    const wrong = new Problem(422, { code: 'invalid', errors: [{ location: 'body.attendees[0].email' }] });
    api.book.mockRejectedValueOnce(wrong);
    const checkout = await inForm();
    checkout.pay(ok);
    await settled();
    expect(checkout.state().step).toEqual({ name: 'form', problem: wrong });
    expect(stored(checkout)?.sent).toBeUndefined();
  });

  test('a session that ended keeps what was sent; signing in comes back to it', async () => {
    api.book.mockRejectedValueOnce(refusal(401, 'unauthenticated'));
    const checkout = await inForm();
    checkout.pay(ok);
    await pass(60);
    expect(checkout.state().step).toMatchObject({ name: 'paying', problem: { status: 401 } });
    expect(api.book).toHaveBeenCalledTimes(1);
    checkout.stop();
    const again = reload(checkout.state().purchase.id);
    await settled();
    expect(where(again)).toBe('done');
    expect(api.book.mock.calls[1]).toEqual(api.book.mock.calls[0]);
  });

  test('names behind a gap are given once there are tickets', async () => {
    api.book.mockResolvedValue(
      aBooking({ tickets: [1, 2, 3].map((number) => aTicket({ id: `tkt_${number}`, seat: aSeat({ number }), attendee: {} })) }),
    );
    api.name.mockRejectedValueOnce(noReply());
    const checkout = await inForm();
    checkout.name([
      { name: 'Ada', email: '' },
      { name: '', email: '' },
      { name: 'Rui', email: '' },
    ]);
    checkout.pay(ok);
    await pass(2);
    expect(api.name.mock.calls).toEqual(Array(2).fill(['bkg_1', 'tkt_3', { name: 'Rui', email: '' }]));
    expect(where(checkout)).toBe('done');
  });
});

describe('two tabs', () => {
  test('what one pays, the other does not send otherwise', async () => {
    const one = await inForm();
    const two = reload(one.state().purchase.id);
    await settled();
    api.book.mockRejectedValueOnce(noReply());
    one.name([{ name: 'Ada', email: '' }]);
    one.pay(ok);
    await settled();
    two.pay({ method: 'test', token: 'slow' });
    await settled();
    expect(api.book.mock.calls[1]).toEqual(api.book.mock.calls[0]);
  });

  test('one goes where the other has gone', async () => {
    const checkout = await inForm();
    const { id } = checkout.state().purchase;
    finishPurchase(id, 'bkg_7');
    fromAnotherTab(id);
    expect(checkout.state().step).toEqual({ name: 'done', bookingId: 'bkg_7' });
  });

  test('one sees what the other typed, and loses nothing that it sent', async () => {
    const checkout = await inForm();
    const { id } = checkout.state().purchase;
    changePurchase(id, { sent: { hold: 'hold-token' } });
    checkout.name([{ name: 'Ada', email: '' }]);
    expect(readPurchase(id)).toMatchObject({ sent: { hold: 'hold-token' }, attendees: [{ name: 'Ada' }] });
    fromAnotherTab(id);
    await settled();
    expect(api.book).toHaveBeenCalledTimes(1);
    expect(where(checkout)).toBe('done');
  });

  test('one asks again for what the other gave back by leaving', async () => {
    const checkout = await inForm();
    const { id } = checkout.state().purchase;
    changePurchase(id, { hold: undefined });
    fromAnotherTab(id);
    await settled();
    expect(api.hold).toHaveBeenCalledTimes(2);
    expect(where(checkout)).toBe('form');
  });

  test('one stops where the other gave everything back', async () => {
    const checkout = await inForm();
    localStorage.clear();
    fromAnotherTab(checkout.state().purchase.id);
    expect(where(checkout)).toBe('gone');
  });
});
