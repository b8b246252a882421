import type { Hold, WantItem } from '../api/gen/types.gen';
import { now } from './clock';
import { dropStored, readStored, storedKeys, writeStored } from './storage';

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
  attendees: { name: string; email: string }[];
  /** The booking's very body once it was sent: a retry sends the same. */
  sent?: { hold: string; attendees?: { name: string; email?: string }[]; payment?: { method: 'test'; token: string } };
  bookingId?: string;
}

const start = 'purchase.';
const lifetime = 24 * 60 * 60 * 1000; // as long as the server remembers a key

/** Begins a purchase; go to /events/$eventId/checkout?purchase=<id> with it. */
export const startPurchase = (eventId: string, items: WantItem[], together = false): Purchase => {
  for (const key of storedKeys(start)) {
    const old = readStored<Purchase>(key);
    if (!old || now() - old.startedAt > lifetime) dropStored(key);
  }
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

export const readPurchase = (id: string): Purchase | undefined => readStored<Purchase>(start + id);
export const savePurchase = (p: Purchase): void => writeStored(start + p.id, p);
export const dropPurchase = (id: string): void => dropStored(start + id);
