import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import { searchEvents } from '../../api/gen/sdk.gen';
import { now } from '../../lib/clock';
import { type DiscoverSearch, questionOf } from './search';

/** Events by a search, soonest first, page by page; a page may be empty and still not be the last. */
export const eventsQuery = (search: DiscoverSearch) =>
  infiniteQueryOptions({
    queryKey: ['events', search],
    queryFn: ({ pageParam, signal }) =>
      searchEvents({
        query: { ...questionOf(search, new Date(now())), limit: 12, ...(pageParam && { cursor: pageParam }) },
        signal,
      }),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData, // what was found stays until what is typed is found
    staleTime: 15_000,
  });
