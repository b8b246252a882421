import { infiniteQueryOptions } from '@tanstack/react-query';
import { searchLocations } from '../../api/gen/sdk.gen';

/** One's own locations, organisation after organisation, by name. */
export const ownLocationsQuery = (organisations: readonly string[], q: string) =>
  infiniteQueryOptions({
    queryKey: ['locations', organisations, q],
    queryFn: async ({ pageParam, signal }) => {
      const organisation = organisations[pageParam.at];
      if (!organisation) return { items: [], next: undefined };
      const page = await searchLocations({
        query: { organisation, limit: 50, ...(q && { q }), ...(pageParam.cursor && { cursor: pageParam.cursor }) },
        signal,
      });
      const further = pageParam.at + 1 < organisations.length ? { at: pageParam.at + 1 } : undefined;
      return { items: page.items, next: page.nextCursor ? { at: pageParam.at, cursor: page.nextCursor } : further };
    },
    initialPageParam: { at: 0 } as { at: number; cursor?: string },
    getNextPageParam: (page) => page.next,
  });

/** The version that a change is based on, as If-Match wants it. */
export const ifMatch = (version: number): string => `"${version}"`;
