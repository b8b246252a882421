import { queryOptions } from '@tanstack/react-query';
import { getAvailability, getEvent, getLocation, listCategories } from '../api/gen/sdk.gen';
import { asProblem } from './problem';

/** An event, as whoever asks may see it. */
export const eventQuery = (eventId: string) =>
  queryOptions({
    queryKey: ['event', eventId],
    queryFn: ({ signal }) => getEvent({ path: { eventId }, signal }),
  });

/** Whether places of the event can be had at all, so that watching what is left makes sense. */
export const isLive = (event: { status: string } | undefined): boolean => event?.status === 'published';

const every = 1_000; // milliseconds; the server's counts are at most 2 s old, and so is then what is shown

/**
 * What is left in each section, asked for each second while the page is in view; slower after failures. Enable it for events
 * that are live. 404 (the sale is just opening) is no error: data is null until there is something to count.
 */
export const availabilityQuery = (eventId: string) =>
  queryOptions({
    queryKey: ['availability', eventId],
    queryFn: async ({ signal }) => {
      try {
        return await getAvailability({ path: { eventId }, signal });
      } catch (thrown) {
        if (asProblem(thrown).status === 404) return null;
        throw thrown;
      }
    },
    staleTime: 0,
    refetchInterval: ({ state }) => (state.status === 'error' ? Math.min(10, 2 ** state.errorUpdateCount) * 1_000 : every),
    refetchIntervalInBackground: false,
  });

export const categoriesQuery = () =>
  queryOptions({
    queryKey: ['categories'],
    queryFn: async ({ signal }) => (await listCategories({ signal })).items,
    staleTime: 60_000,
  });

/** A location with its halls. */
export const locationQuery = (locationId: string) =>
  queryOptions({
    queryKey: ['location', locationId],
    queryFn: ({ signal }) => getLocation({ path: { locationId }, signal }),
    staleTime: 60_000,
  });
