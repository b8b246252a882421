import { queryOptions } from '@tanstack/react-query';
import { getDoorList, getEvent, getTicketKeys } from '../../api/gen/sdk.gen';
import type { DoorBooking, DoorTicket, Event, TicketKey } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { shelf } from '../../lib/storage';
import { holdOf } from './code';

/** All that a door needs of one event to decide without a network. */
export interface DoorData {
  event: Event;
  keys: TicketKey[];
  bookings: DoorBooking[];
  /** When the list was read, in milliseconds since 1970. */
  at: number;
  /** How long that took, in milliseconds. */
  took: number;
}

const kept = shelf<DoorData>('doorLists');

const pageSize = 100;
const shortestRest = 30_000; // milliseconds between two readings of the list
const effort = 20; // a list is read again after so many times as long as reading it took

const download = async (eventId: string, signal: AbortSignal): Promise<DoorData> => {
  const path = { eventId };
  const at = now();
  const [event, { keys }] = await Promise.all([getEvent({ path, signal }), getTicketKeys({ signal })]);
  const bookings: DoorBooking[] = [];
  let cursor: string | undefined;
  do {
    const page = await getDoorList({ path, query: { limit: pageSize, ...(cursor && { cursor }) }, signal });
    bookings.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor);
  const data = { event, keys, bookings, at, took: now() - at };
  await kept.set(eventId, data);
  return data;
};

/** What this device kept of an event; null where it keeps nothing. */
export const keptDoorQuery = (eventId: string) =>
  queryOptions({
    queryKey: ['door', eventId, 'kept'],
    queryFn: async () => (await kept.get(eventId)) ?? null,
    networkMode: 'always',
    gcTime: 0,
  });

/** The same as it is now, read again and again while somebody is at the door. */
export const doorQuery = (eventId: string) =>
  queryOptions({
    queryKey: ['door', eventId],
    queryFn: ({ signal }) => download(eventId, signal),
    refetchInterval: ({ state }) => Math.max(shortestRest, effort * (state.data?.took ?? 0)),
    staleTime: shortestRest,
  });

export interface DoorIndex {
  /** A booking's tickets in order, by its hold id. */
  tickets: Map<string, DoorTicket[]>;
  /** Tickets that admit or admitted somebody. */
  expected: number;
  /** How many of them are in. */
  inside: number;
}

export const indexOf = (bookings: readonly DoorBooking[]): DoorIndex => {
  const index: DoorIndex = { tickets: new Map(), expected: 0, inside: 0 };
  for (const booking of bookings) {
    const hold = holdOf(booking.bookingId);
    if (hold) index.tickets.set(hold, booking.tickets);
    for (const { status } of booking.tickets) {
      if (status !== 'cancelled') index.expected += 1;
      if (status === 'checkedIn') index.inside += 1;
    }
  }
  return index;
};

const day = 24 * 60 * 60 * 1000;

/** The events that this device can admit to without a network, soonest first. Forgets those that ended more than a day ago. */
export const keptEventsQuery = queryOptions({
  queryKey: ['door', 'keptEvents'],
  queryFn: async () => {
    const events: Event[] = [];
    for (const eventId of await kept.keys()) {
      const data = await kept.get(eventId);
      if (!data) continue;
      if (Date.parse(data.event.endsAt ?? data.event.startsAt) + day < now()) await kept.drop(eventId);
      else events.push(data.event);
    }
    return events.sort((a, b) => a.startsAt.localeCompare(b.startsAt));
  },
  networkMode: 'always',
  gcTime: 0,
});
