import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { eventQuery } from '../../lib/events';
import { useFormat } from '../../lib/format';
import { asProblem } from '../../lib/problem';
import { CalendarIcon, PinIcon } from '../../ui/icons';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import classes from './DashboardPage.module.css';
import { EventActions } from './EventActions';
import { Figures, TypeFigures } from './Figures';
import { salesQuery } from './queries';
import { EntryChart, SalesChart } from './SalesCharts';
import { ShareEvent } from './ShareEvent';
import { StatusBadge } from './StatusBadge';
import { useEventBookings } from './useEventBookings';

/** An event as its organisers see it: what it sold, live, and what can be done with it. */
export const DashboardPage = () => {
  const { t } = useTranslation('organise');
  const { eventId } = useParams({ from: '/organise/events/$eventId' });
  const { data: event, error, refetch } = useQuery({ ...eventQuery(eventId), refetchInterval: 30_000 });
  const back = <Link to="/organise">{t('back')}</Link>;
  if (event) return <Dashboard event={event} />;
  return (
    <Page title={t('dashboard')} above={back}>
      {error ? (
        <ProblemNotice problem={asProblem(error)} onRetry={() => void refetch()} />
      ) : (
        <div className={classes.parts} aria-hidden="true">
          <Skeleton height={64} radius="md" />
          <Skeleton height={190} radius="md" />
          <Skeleton height={320} radius="md" />
        </div>
      )}
    </Page>
  );
};

const Dashboard = ({ event }: { event: Event }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const onceSold = event.status !== 'draft';
  const live = event.status === 'published' || event.status === 'cancelled'; // refunds go on after a cancellation
  const { data: sales, error, refetch } = useQuery({ ...salesQuery(event.id, live ? undefined : false), enabled: onceSold });
  const { bookings, complete } = useEventBookings(event.id, sales);
  const { location: place } = event;
  return (
    <Page title={event.name} above={<Link to="/organise">{t('back')}</Link>}>
      <div className={classes.parts}>
        <div className={classes.about}>
          <StatusBadge status={event.status} />
          <span>
            <CalendarIcon />
            <time dateTime={event.startsAt}>{format.when(event.startsAt, event.timeZone)}</time>
          </span>
          <span>
            <PinIcon />
            {[place.name, place.hall, place.city].filter(Boolean).join(' · ')}
          </span>
        </div>
        <EventActions event={event} sales={sales ?? undefined} bookings={bookings} complete={complete} />
        {event.status === 'draft' && (
          <Notice kind="info" title={t('draft.title')}>
            {t('draft.text')}
          </Notice>
        )}
        {event.status === 'cancelled' && (
          <Notice kind="warn" title={t('cancelled.title')}>
            {event.cancelReason && <span>{event.cancelReason}</span>}
            {sales && sales.sold > 0 && <span>{t('cancelled.refunding', { count: sales.sold })}</span>}
            {sales && sales.sold === 0 && <span>{t('cancelled.refunded')}</span>}
          </Notice>
        )}
        {error && <ProblemNotice problem={asProblem(error)} onRetry={() => void refetch()} />}
        {onceSold && sales === undefined && !error && <Skeleton height={190} radius="md" />}
        {sales && (
          <>
            <Figures sales={sales} cancelled={event.status === 'cancelled'} />
            <div className={classes.charts}>
              <SalesChart event={event} sales={sales} bookings={bookings} complete={complete} />
              <TypeFigures sales={sales} />
              {sales.checkedIn > 0 && <EntryChart event={event} sales={sales} bookings={bookings} />}
            </div>
          </>
        )}
        {event.status === 'published' && <ShareEvent event={event} />}
      </div>
    </Page>
  );
};
