import { infiniteQueryOptions } from '@tanstack/react-query';
import { searchEvents } from '../../api/gen/sdk.gen';
import { now } from '../../lib/clock';

const hour = 60 * 60 * 1000;
const longest = 12 * hour; // milliseconds after its start for which an event's door is offered, unless its end is known
const lingers = 2 * hour; // milliseconds after its end

/** The events of one's organisations that a door may be opened for, soonest first. */
export const doorEventsQuery = infiniteQueryOptions({
  queryKey: ['events', 'door'],
  queryFn: ({ pageParam, signal }) =>
    searchEvents({
      query: { mine: true, from: new Date(now() - longest).toISOString(), limit: 50, ...(pageParam && { cursor: pageParam }) },
      signal,
    }),
  initialPageParam: '',
  getNextPageParam: (page) => page.nextCursor,
  select: ({ pages, pageParams }) => ({
    pageParams,
    pages: pages.map((page) => ({
      ...page,
      items: page.items.filter((e) => e.status !== 'draft' && (!e.endsAt || Date.parse(e.endsAt) + lingers > now())),
    })),
  }),
});
