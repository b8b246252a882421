import { afterEach, describe, expect, test, vi } from 'vitest';
import { aHold } from '../test/factories';
import {
  alone,
  changePurchase,
  dropPurchase,
  finishPurchase,
  forgetPurchases,
  heldElsewhere,
  readPurchase,
  renewPurchase,
  startPurchase,
  watchPurchase,
} from './purchase';

const items = [{ ticketTypeId: 'tt_seat', quantity: 2 }];
const day = 24 * 60 * 60_000;

afterEach(() => {
  vi.useRealTimers();
});

test('a purchase is stored with keys of its own', () => {
  const one = startPurchase('evt_1', items, true);
  const two = startPurchase('evt_1', items, true);
  expect(readPurchase(one.id)).toEqual(one);
  expect(new Set([one.holdKey, one.bookingKey, two.holdKey, two.bookingKey, one.id, two.id]).size).toBe(6);
});

test('one that is older than the server’s memory is none, and goes when another begins', () => {
  vi.useFakeTimers();
  const old = startPurchase('evt_1', items);
  vi.advanceTimersByTime(day + 1);
  expect(readPurchase(old.id)).toBeUndefined();
  startPurchase('evt_1', items);
  expect(Object.keys(localStorage)).toHaveLength(1);
});

test('a change keeps what another tab changed, and undefined removes', () => {
  const { id } = startPurchase('evt_1', items);
  changePurchase(id, { sent: { hold: 'token' } });
  changePurchase(id, { attendees: [{ name: 'Ada', email: '' }] });
  expect(readPurchase(id)).toMatchObject({ sent: { hold: 'token' }, attendees: [{ name: 'Ada' }] });
  changePurchase(id, { sent: undefined });
  expect(readPurchase(id)).not.toHaveProperty('sent');
});

test('what is gone is not changed', () => {
  const { id } = startPurchase('evt_1', items);
  dropPurchase(id);
  expect(changePurchase(id, { bookingId: 'bkg_1' })).toBeUndefined();
  expect(renewPurchase(id)).toBeUndefined();
  finishPurchase(id, 'bkg_1');
  expect(readPurchase(id)).toBeUndefined();
});

test('asking anew has new keys, the same names, and nothing of before', () => {
  const before = startPurchase('evt_1', items, true);
  changePurchase(before.id, {
    hold: aHold(),
    extended: true,
    sent: { hold: 'token' },
    bookingId: 'bkg_1',
    attendees: [{ name: 'Ada', email: '' }],
  });
  const after = renewPurchase(before.id, { together: false });
  expect(after).toMatchObject({ id: before.id, items, together: false, attendees: [{ name: 'Ada', email: '' }] });
  expect(after?.holdKey).not.toBe(before.holdKey);
  expect(after?.bookingKey).not.toBe(before.bookingKey);
  for (const gone of ['hold', 'extended', 'sent', 'bookingId']) expect(readPurchase(before.id)).not.toHaveProperty(gone);
});

test('what is held by another purchase of the same person and event can be gone on with', () => {
  vi.useFakeTimers();
  const hold = (id: string, userId = 'usr_alex') => changePurchase(id, { hold: aHold(), userId });
  const [mine, newer, theirs, other, chosen, done] = ['evt_1', 'evt_1', 'evt_1', 'evt_2', 'evt_1', 'evt_1'].map((eventId) => {
    vi.advanceTimersByTime(1);
    return startPurchase(eventId, items).id;
  }) as [string, string, string, string, string, string];
  for (const id of [mine, newer, other, done]) hold(id);
  hold(theirs, 'usr_other');
  finishPurchase(done, 'bkg_1');
  const found = () => heldElsewhere('evt_1', 'usr_alex', chosen).map((p) => p.id);
  expect(found()).toEqual([newer, mine]);
  expect(heldElsewhere('evt_1', 'usr_alex', newer).map((p) => p.id)).toEqual([mine]);
  changePurchase(mine, { sent: { hold: 'token' } });
  vi.advanceTimersByTime(10 * 60_000);
  expect(found()).toEqual([mine]);
});

test('of a finished one only the booking’s id is kept', () => {
  const { id } = startPurchase('evt_1', items);
  changePurchase(id, { hold: aHold(), userId: 'usr_alex', sent: { hold: 'token' }, attendees: [{ name: 'Ada', email: '' }] });
  finishPurchase(id, 'bkg_1');
  expect(readPurchase(id)).toMatchObject({ eventId: 'evt_1', bookingId: 'bkg_1', finished: true, items: [], attendees: [] });
  expect(JSON.stringify(localStorage)).not.toMatch(/Ada|token|tt_seat/);
});

test('what a person held is forgotten with them; what nobody held stays', () => {
  const held = startPurchase('evt_1', items);
  changePurchase(held.id, { userId: 'usr_alex', hold: aHold() });
  const chosen = startPurchase('evt_1', items);
  forgetPurchases();
  expect(readPurchase(held.id)).toBeUndefined();
  expect(readPurchase(chosen.id)).toEqual(chosen);
});

test('where storage is full, a purchase lives as long as the page', () => {
  const { id } = startPurchase('evt_1', items);
  vi.spyOn(Storage.prototype, 'setItem').mockImplementation(() => {
    throw new DOMException('full', 'QuotaExceededError');
  });
  changePurchase(id, { bookingId: 'bkg_1' });
  expect(readPurchase(id)).toMatchObject({ id, bookingId: 'bkg_1' });
  vi.restoreAllMocks();
  changePurchase(id, { bookingId: 'bkg_2' });
  expect(readPurchase(id)).toMatchObject({ bookingId: 'bkg_2' });
  expect(Object.keys(localStorage)).toHaveLength(1);
});

test('another tab’s changes are told, of this purchase alone', () => {
  const { id } = startPurchase('evt_1', items);
  const told = vi.fn();
  const stop = watchPurchase(id, told);
  const tell = (key: string) => window.dispatchEvent(new StorageEvent('storage', { key }));
  tell('myevents.purchase.other');
  expect(told).not.toHaveBeenCalled();
  tell(`myevents.purchase.${id}`);
  expect(told).toHaveBeenCalledWith(readPurchase(id));
  dropPurchase(id);
  tell(`myevents.purchase.${id}`);
  expect(told).toHaveBeenLastCalledWith(undefined);
  stop();
  tell(`myevents.purchase.${id}`);
  expect(told).toHaveBeenCalledTimes(2);
});

describe('work for one tab at a time', () => {
  afterEach(() => Reflect.deleteProperty(navigator, 'locks'));

  test('is done at once where the browser has no locks', async () => {
    const work = vi.fn(async () => {});
    await alone('p1', new AbortController().signal, work);
    expect(work).toHaveBeenCalledTimes(1);
  });

  test('waits for its turn, and is given up by its signal', async () => {
    const given = new AbortController();
    const request = vi.fn(
      (_name: string, { signal }: { signal: AbortSignal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    );
    Object.defineProperty(navigator, 'locks', { value: { request }, configurable: true });
    const work = vi.fn(async () => {});
    const done = alone('p1', given.signal, work);
    expect(request.mock.calls[0]?.[0]).toBe('myevents.purchase.p1');
    given.abort();
    await done;
    expect(work).not.toHaveBeenCalled();
  });

  test('says what goes wrong in it', async () => {
    const request = (_name: string, _options: unknown, work: () => Promise<void>) => work();
    Object.defineProperty(navigator, 'locks', { value: { request }, configurable: true });
    await expect(alone('p1', new AbortController().signal, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
