import type { Hold, WantItem } from '../api/gen/types.gen';
import { now } from './clock';
import { dropStored, readStored, storedKeys, writeStored } from './storage';

/** Whom a ticket is for, as typed; a blank name: filled in later. */
export interface Draft {
  name: string;
  email: string;
}

/** The body of POST /v1/bookings. */
export interface SentBooking {
  hold: string;
  attendees?: { name: string; email?: string }[];
  /** Absent where nothing is to pay. */
  payment?: { method: string; token: string };
}

/**
 * One person's way from choosing places to holding tickets. It is stored before anything is sent, so that a lost reply, a
 * reload or signing in on the way goes on with the same keys and never books twice.
 */
export interface Purchase {
  id: string;
  eventId: string;
  items: WantItem[];
  /** Side by side, where numbers are wanted rather than seats. */
  together: boolean;
  /** Idempotency keys; a new one only where something else is asked for. */
  holdKey: string;
  bookingKey: string;
  startedAt: number;
  hold?: Hold;
  /** Whose hold it is. */
  userId?: string;
  /** The hold was made to last longer, which works once. */
  extended?: true;
  attendees: Draft[];
  /** The booking's very body once it was sent: a retry sends the same. */
  sent?: SentBooking;
  /** The booking that came of it, perhaps not settled yet. */
  bookingId?: string;
  /** It is over. What was typed is gone; who opens the page again is led to the booking. */
  finished?: true;
}

const start = 'purchase.';
const lifetime = 24 * 60 * 60 * 1000; // as long as the server remembers a key

// Where storage is blocked or full, a purchase lives as long as its page.
const unstored = new Map<string, Purchase>();

export const savePurchase = (p: Purchase): void => {
  writeStored(start + p.id, p);
  if (JSON.stringify(readStored(start + p.id)) === JSON.stringify(p)) {
    unstored.delete(p.id);
  } else {
    dropStored(start + p.id); // what is there is older
    unstored.set(p.id, p);
  }
};

/** Undefined where there is none, or it is too old for the server to know its keys. */
export const readPurchase = (id: string): Purchase | undefined => {
  const p = readStored<Purchase>(start + id) ?? unstored.get(id);
  return p && now() - p.startedAt <= lifetime ? p : undefined;
};

export const dropPurchase = (id: string): void => {
  dropStored(start + id);
  unstored.delete(id);
};

/** Begins a purchase; go to /events/$eventId/checkout?purchase=<id> with it. */
export const startPurchase = (eventId: string, items: WantItem[], together = false): Purchase => {
  for (const key of storedKeys(start)) if (!readPurchase(key.slice(start.length))) dropStored(key);
  const purchase: Purchase = {
    id: crypto.randomUUID(),
    eventId,
    items,
    together,
    holdKey: crypto.randomUUID(),
    bookingKey: crypto.randomUUID(),
    startedAt: now(),
    attendees: [],
  };
  savePurchase(purchase);
  return purchase;
};

/**
 * Changes what is stored, not what a page has read before: another tab may have gone on meanwhile. Undefined removes.
 * Returns the purchase as it then is, or undefined where it is gone.
 */
export const changePurchase = (id: string, change: { [K in keyof Purchase]?: Purchase[K] | undefined }): Purchase | undefined => {
  const before = readPurchase(id);
  if (!before) return undefined;
  const after = { ...before, ...change } as Purchase;
  savePurchase(after);
  return after;
};

/** Asks anew, perhaps for something else: new keys, the same names. */
export const renewPurchase = (id: string, want: { items?: WantItem[]; together?: boolean } = {}): Purchase | undefined =>
  changePurchase(id, {
    ...want,
    holdKey: crypto.randomUUID(),
    bookingKey: crypto.randomUUID(),
    startedAt: now(),
    hold: undefined,
    extended: undefined,
    sent: undefined,
    bookingId: undefined,
  });

/** What a person holds of an event by other purchases in this browser, and could go on with; the newest first. */
export const heldElsewhere = (eventId: string, userId: string, except: string): Purchase[] =>
  storedKeys(start)
    .flatMap((key) => readPurchase(key.slice(start.length)) ?? [])
    .filter((p) => p.id !== except && p.eventId === eventId && p.userId === userId && p.hold && !p.finished)
    .filter((p) => p.sent || Date.parse(p.hold?.expiresAt ?? '') > now())
    .sort((a, b) => b.startedAt - a.startedAt);

/** Keeps of a purchase only which booking it became. */
export const finishPurchase = (id: string, bookingId: string): void => {
  const p = readPurchase(id);
  if (!p) return;
  savePurchase({
    id,
    eventId: p.eventId,
    items: [],
    together: false,
    holdKey: '',
    bookingKey: '',
    startedAt: p.startedAt,
    attendees: [],
    bookingId,
    finished: true,
    ...(p.userId && { userId: p.userId }),
  });
};

/** Forgets the purchases of people who were here, when one signs out or another signs in. A mere choice is nobody's yet. */
export const forgetPurchases = (): void => {
  for (const id of [...storedKeys(start).map((key) => key.slice(start.length)), ...unstored.keys()]) {
    if (readPurchase(id)?.userId) dropPurchase(id);
  }
};

/** Tells what another tab made of a purchase; undefined: it is gone. Returns how to stop. */
export const watchPurchase = (id: string, tell: (p: Purchase | undefined) => void): (() => void) => {
  const changed = (e: StorageEvent) => {
    if (e.key === null || e.key.endsWith(`.${start}${id}`)) tell(readPurchase(id));
  };
  window.addEventListener('storage', changed);
  return () => window.removeEventListener('storage', changed);
};

/**
 * Does work that only one tab may do at a time. The others wait for it, or give up by their signal. Without the browser's
 * locks it is done at once: the server's keys keep it from being done twice.
 */
export const alone = async (id: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> => {
  const locks = navigator.locks as LockManager | undefined;
  if (!locks) return work();
  try {
    await locks.request(`myevents.${start}${id}`, { signal }, work);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  }
};
