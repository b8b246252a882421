import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Booking } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { keep, readAllKept } from '../../lib/kept';
import { useOnline } from '../../lib/online';
import { asProblem } from '../../lib/problem';
import { useSession } from '../../lib/session';
import { AsOf } from '../../ui/AsOf';
import { TicketIcon } from '../../ui/icons';
import { Message } from '../../ui/Message';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { BookingCard } from './BookingCard';
import classes from './BookingsPage.module.css';
import { groupBookings } from './booking';
import { bookingKey, bookingsQuery } from './queries';

const readAhead = 5; // pages

/** What is kept of a person's bookings: each that was in a list, or opened. */
const useKeptBookings = (wanted: boolean) => {
  const person = useSession().person?.id;
  const { data } = useQuery({
    queryKey: ['kept', person, 'bookings'],
    queryFn: () => readAllKept<Booking>(`${person}/booking/`),
    enabled: wanted && person !== undefined,
    networkMode: 'always',
    gcTime: 0,
  });
  return data;
};

const Waiting = () => {
  const { t } = useTranslation();
  return (
    <div className={classes.list} role="status" aria-label={t('loading')}>
      {[1, 2, 3].map((n) => (
        <Skeleton key={n} className={classes.waiting} />
      ))}
    </div>
  );
};

/** All bookings of a person: what is next first. */
export const BookingsPage = () => {
  const { t } = useTranslation(['bookings', 'common']);
  const online = useOnline();
  const query = useInfiniteQuery(bookingsQuery());
  const { data, dataUpdatedAt } = query;
  const failing = query.error ?? query.failureReason;
  const kept = useKeptBookings(data === undefined);
  const fresh = useMemo(() => data?.pages.flatMap((p) => p.items), [data]);

  useEffect(() => {
    for (const b of fresh ?? []) {
      const key = bookingKey(b.id);
      if (key) void keep(key, b, dataUpdatedAt);
    }
  }, [fresh, dataUpdatedAt]);

  const { hasNextPage, isFetching, fetchNextPage } = query;
  const read = data?.pages.length ?? 0;
  // The API tells the newest first; what is next may have been booked long ago.
  useEffect(() => {
    if (hasNextPage && !isFetching && failing === null && read < readAhead) void fetchNextPage();
  }, [hasNextPage, isFetching, failing, read, fetchNextPage]);

  const bookings = fresh ?? (kept && kept.length > 0 ? kept.map((k) => k.value) : undefined);
  const away = !online || query.fetchStatus === 'paused' || failing !== null;
  const problem = failing ? asProblem(failing) : online ? undefined : asProblem(new TypeError('offline'));
  const asOf = fresh ? dataUpdatedAt : Math.min(...(kept ?? []).map((k) => k.at));
  const groups = bookings && groupBookings(bookings, now());
  const retry = () => void query.refetch();

  return (
    <Page title={t('title')}>
      {!bookings && (away && kept ? <ProblemNotice problem={problem ?? asProblem(undefined)} onRetry={retry} /> : <Waiting />)}
      {bookings && away && <AsOf at={asOf} problem={problem} onRetry={retry} />}
      {bookings?.length === 0 && !hasNextPage && (
        <Message title={t('empty.title')} text={t('empty.text')} icon={<TicketIcon />} level={2}>
          <Link className={classes.discover} to="/">
            {t('empty.discover')}
          </Link>
        </Message>
      )}
      {groups &&
        (['upcoming', 'past', 'cancelled'] as const).map(
          (group) =>
            groups[group].length > 0 && (
              <section key={group} className={classes.group} aria-labelledby={`bookings-${group}`}>
                <h2 id={`bookings-${group}`}>{t(`group.${group}`)}</h2>
                <ul className={classes.list}>
                  {groups[group].map((b) => (
                    <li key={b.id}>
                      <BookingCard booking={b} />
                    </li>
                  ))}
                </ul>
              </section>
            ),
        )}
      {hasNextPage && read >= readAhead && (
        <p className={classes.more}>
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void fetchNextPage()} disabled={away}>
            {t('older')}
          </Button>
        </p>
      )}
    </Page>
  );
};
