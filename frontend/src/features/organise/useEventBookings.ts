import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { SalesFigures } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { bookingsIn, bookingsQuery } from './queries';
import { soldIn } from './series';

const pagesAtOnce = 20; // of 100 bookings
const refreshedPages = 5;
const calm = 10_000; // milliseconds between refreshes while tickets sell

/**
 * An event's bookings, loaded by themselves up to a bound; more on request. While there are few enough, they are loaded again
 * when the figures say that something was sold, cancelled or let in since.
 */
export const useEventBookings = (eventId: string, figures: SalesFigures | null | undefined, bound = pagesAtOnce) => {
  const query = useInfiniteQuery(bookingsQuery(eventId));
  const { data, hasNextPage, isFetching, isError, fetchNextPage, refetch, dataUpdatedAt } = query;
  const pages = data?.pages.length ?? 0;
  const more = hasNextPage && pages > 0 && pages < bound && !isFetching && !isError;
  useEffect(() => {
    if (more) void fetchNextPage();
  }, [more, fetchNextPage]);

  const bookings = bookingsIn(data?.pages);
  const complete = data !== undefined && !hasNextPage;
  const sold = bookings.reduce((n, b) => n + soldIn(b), 0);
  const entered = bookings.reduce((n, b) => n + b.tickets.filter((t) => t.status === 'checkedIn').length, 0);
  const behind = complete && !!figures && (figures.sold !== sold || figures.checkedIn !== entered);
  const refreshing = behind && pages <= refreshedPages && !isFetching;
  useEffect(() => {
    if (!refreshing) return undefined;
    const timer = setTimeout(() => void refetch(), Math.max(0, dataUpdatedAt + calm - now()));
    return () => clearTimeout(timer);
  }, [refreshing, dataUpdatedAt, refetch]);
  return { ...query, bookings, complete };
};
