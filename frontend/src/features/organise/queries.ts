import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { getEventSales, listEventBookings, searchEvents, searchLocations } from '../../api/gen/sdk.gen';
import type { Booking, Event, Location } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { asProblem } from '../../lib/problem';

/** The version that a change is based on, as If-Match wants it. */
export const ifMatch = (version: number): string => `"${version}"`;

const pageSize = 20; // each is asked for what it sold

/** The organisation's events that are not over, drafts and cancelled ones too, soonest first. */
export const upcomingQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ['events', 'mine', 'upcoming', q],
    queryFn: ({ pageParam, signal }) =>
      searchEvents({ query: { mine: true, limit: pageSize, ...(q && { q }), ...(pageParam && { cursor: pageParam }) }, signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  });

const day = 24 * 3_600_000;

/** How many days back each further look goes: events are found soonest first, but who looks back wants the latest. */
const reaches = [90, 365, 3 * 365, 10 * 365, 100 * 365];

/** Those that have begun in some time before now, latest first; each page goes further back, to one with something in it. */
export const pastQuery = (q: string) =>
  infiniteQueryOptions({
    queryKey: ['events', 'mine', 'past', q],
    queryFn: async ({ pageParam, signal }) => {
      for (let at = pageParam; at < reaches.length; at++) {
        const back = (days: number) => new Date(Math.max(0, now() - days * day)).toISOString();
        const items: Event[] = [];
        let cursor: string | undefined;
        do {
          const page = await searchEvents({
            query: {
              mine: true,
              limit: 100,
              from: back(reaches[at] ?? 0),
              to: back(reaches[at - 1] ?? 0),
              ...(q && { q }),
              ...(cursor && { cursor }),
            },
            signal,
          });
          items.push(...page.items);
          cursor = page.nextCursor;
        } while (cursor);
        const next = at + 1 < reaches.length ? at + 1 : undefined;
        if (items.length > 0 || next === undefined) return { items: items.reverse(), next };
      }
      return { items: [], next: undefined };
    },
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
  });

const live = 2_000; // milliseconds

/** What an event sold, asked for every 2 s while the page is in view; null for one that was never on sale. */
export const salesQuery = (eventId: string, every: number | false = live) =>
  queryOptions({
    queryKey: ['sales', eventId],
    queryFn: async ({ signal }) => {
      try {
        return await getEventSales({ path: { eventId }, signal });
      } catch (thrown) {
        if (asProblem(thrown).status === 404) return null;
        throw thrown;
      }
    },
    staleTime: 1_000,
    refetchInterval: ({ state }) =>
      every && (state.status === 'error' ? Math.min(15, 2 ** state.errorUpdateCount) * 1_000 : every),
    refetchIntervalInBackground: false,
  });

/** An event's bookings, page after page, in the API's order, which has no meaning. */
export const bookingsQuery = (eventId: string) =>
  infiniteQueryOptions({
    queryKey: ['bookings', 'of', eventId],
    queryFn: async ({ pageParam, signal }) => {
      try {
        return await listEventBookings({
          path: { eventId },
          query: { limit: 100, ...(pageParam && { cursor: pageParam }) },
          signal,
        });
      } catch (thrown) {
        if (asProblem(thrown).status === 404) return { items: [] }; // never on sale
        throw thrown;
      }
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    staleTime: 5_000,
  });

export const bookingsIn = (pages: { items: Booking[] }[] | undefined): Booking[] => pages?.flatMap((p) => p.items) ?? [];

/** Where events can be: one's own locations first, then those of others, as any hall can be asked for. */
export const placesQuery = (organisations: readonly string[], q: string) =>
  queryOptions({
    queryKey: ['locations', 'places', organisations, q],
    queryFn: async ({ signal }) => {
      const ask = async (organisation?: string): Promise<Location[]> =>
        (await searchLocations({ query: { limit: 20, ...(q && { q }), ...(organisation && { organisation }) }, signal })).items;
      const own = (await Promise.all(organisations.map(ask))).flat();
      const others = await ask();
      return [...new Map([...own, ...others].map((l) => [l.id, l])).values()];
    },
    staleTime: 30_000,
  });

/** Shows an event as an answer told it, and has everything asked for again that may show it too. */
export const eventChanged = (queries: QueryClient, event: Event): void => {
  queries.setQueryData(['event', event.id], event);
  for (const queryKey of [['events'], ['sales', event.id], ['availability', event.id], ['categories']])
    void queries.invalidateQueries({ queryKey });
};

/** One of one's own locations, with a hall if any has one; null where there is none. */
export const ownPlaceQuery = (organisations: readonly string[]) =>
  queryOptions({
    queryKey: ['locations', 'first', organisations],
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(
        organisations.map((organisation) => searchLocations({ query: { organisation, limit: 20 }, signal })),
      );
      const own = pages.flatMap((p) => p.items);
      return own.find((l) => l.halls.length > 0) ?? own[0] ?? null;
    },
  });
