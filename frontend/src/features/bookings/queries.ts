import { type InfiniteData, infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query';
import { getBooking, listBookings, quoteCancellation } from '../../api/gen/sdk.gen';
import type { Booking, BookingList, Ticket } from '../../api/gen/types.gen';
import { currentSession } from '../../lib/session';

const settling = 1_500; // milliseconds between looks at a booking that is not settled yet

/** Where a person's booking is kept on the device; undefined where nobody is known. */
export const bookingKey = (bookingId: string): string | undefined => {
  const id = currentSession().person?.id;
  return id && `${id}/booking/${bookingId}`;
};

export const bookingQuery = (bookingId: string) =>
  queryOptions({
    queryKey: ['booking', bookingId],
    queryFn: ({ signal }) => getBooking({ path: { bookingId }, signal }),
    refetchInterval: (query) => (query.state.data?.status === 'recorded' ? settling : false),
  });

/** All of a person's, newest first. */
export const bookingsQuery = () =>
  infiniteQueryOptions({
    queryKey: ['bookings'],
    queryFn: ({ pageParam, signal }) => listBookings({ query: { limit: 50, ...(pageParam && { cursor: pageParam }) }, signal }),
    initialPageParam: '',
    getNextPageParam: (page: BookingList) => page.nextCursor,
    refetchInterval: (query) =>
      query.state.data?.pages.some((p) => p.items.some((b) => b.status === 'recorded')) ? settling : false,
  });

/** What cancelling some of a booking's tickets gives back; never from memory, since it is what a person agrees to. */
export const quoteQuery = (bookingId: string, ticketIds: string[]) =>
  queryOptions({
    queryKey: ['cancel-quote', bookingId, ...ticketIds],
    queryFn: ({ signal }) => quoteCancellation({ path: { bookingId }, query: { ticketIds }, signal }),
    enabled: ticketIds.length > 0,
    staleTime: 0,
    gcTime: 0,
  });

/** Shows what the API answered wherever the booking is shown. */
export const showBooking = (queries: QueryClient, booking: Booking): void => {
  queries.setQueryData(bookingQuery(booking.id).queryKey, booking);
  queries.setQueryData<InfiniteData<BookingList>>(['bookings'], (old) =>
    old
      ? {
          ...old,
          pages: old.pages.map((p) => ({ ...p, items: p.items.map((b) => (b.id === booking.id ? booking : b)) })),
        }
      : undefined,
  );
};

export const showTicket = (queries: QueryClient, bookingId: string, ticket: Ticket): void => {
  const booking = queries.getQueryData(bookingQuery(bookingId).queryKey);
  if (booking) {
    showBooking(queries, { ...booking, tickets: booking.tickets.map((t) => (t.id === ticket.id ? ticket : t)) });
  }
};
