import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Booking } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { useFormat } from '../../lib/format';
import { type Shown, useKept } from '../../lib/kept';
import { AsOf } from '../../ui/AsOf';
import { EventFacts } from '../../ui/EventFacts';
import { ChevronIcon } from '../../ui/icons';
import { Message } from '../../ui/Message';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import classes from './BookingPage.module.css';
import { standingOf } from './booking';
import { CalendarButton } from './CalendarButton';
import { Cancelling } from './Cancelling';
import { JustBooked } from './JustBooked';
import { bookingKey, bookingQuery } from './queries';
import { State } from './State';
import { Tickets } from './Tickets';

const route = getRouteApi('/bookings/$bookingId');

/** One booking: the event, the tickets, and what can be done with them. */
export const BookingPage = () => {
  const { t } = useTranslation('bookings');
  const { bookingId } = route.useParams();
  const { justBooked } = route.useSearch();
  const shown = useKept(useQuery(bookingQuery(bookingId)), bookingKey(bookingId));
  const above = (
    <Link className={classes.back} to="/bookings">
      <ChevronIcon /> {t('title')}
    </Link>
  );
  if (shown.data) return <Opened booking={shown.data} shown={shown} justBooked={justBooked === true} above={above} />;
  return (
    <Page title={t('booking')} above={above} hideTitle={shown.problem?.status === 404}>
      <Missing shown={shown} />
    </Page>
  );
};

const Missing = ({ shown }: { shown: Shown<Booking> }) => {
  const { t } = useTranslation(['bookings', 'common', 'ticket']);
  if (shown.problem?.status === 404) {
    return (
      <Message title={t('gone.title')} text={t('gone.text')} level={2}>
        <Link to="/bookings">{t('title')}</Link>
      </Message>
    );
  }
  if (shown.pending) {
    return (
      <div className={classes.waiting} role="status" aria-label={t('common:loading')}>
        <Skeleton height="9rem" />
        <Skeleton height="18rem" />
      </div>
    );
  }
  if (shown.problem?.code === 'offline') return <Message title={t('lost.title')} text={t('ticket:lost.text')} level={2} />;
  return shown.problem ? <ProblemNotice problem={shown.problem} onRetry={shown.retry} /> : null;
};

interface OpenedProps {
  booking: Booking;
  shown: Shown<Booking>;
  justBooked: boolean;
  above: React.ReactNode;
}

const Opened = ({ booking, shown, justBooked, above }: OpenedProps) => {
  const { t } = useTranslation(['bookings', 'ticket']);
  const format = useFormat();
  const [cancelling, setCancelling] = useState<string[]>();
  const [done, setDone] = useState<string>();
  const { event } = booking;
  const standing = standingOf(booking, now());
  const away = shown.asOf !== undefined;
  const living = booking.tickets.filter((ticket) => ticket.status === 'valid');
  const welcome = justBooked && (standing === 'upcoming' || standing === 'settling');
  return (
    <Page title={event.name} above={above}>
      <div className={classes.page}>
        {shown.asOf !== undefined && <AsOf at={shown.asOf} problem={shown.problem} onRetry={shown.retry} />}
        {welcome && <JustBooked booking={booking} settling={standing === 'settling'} />}
        {event.status === 'cancelled' && (
          <Notice kind="warn" title={t('ticket:event.cancelled')}>
            <span>{t('ticket:event.cancelledText')}</span>
          </Notice>
        )}
        {done && (
          <Notice kind="good" title={done}>
            {null}
          </Notice>
        )}
        <section className={classes.summary} aria-label={t('about')}>
          <EventFacts event={event} />
          <div className={classes.side}>
            <State booking={booking} standing={standing} />
            <p className={classes.total}>
              {t('total', { amount: format.money(booking.total) })}
              <span>{t('bookedOn', { when: format.day(booking.createdAt, event.timeZone) })}</span>
            </p>
          </div>
        </section>
        {standing !== 'failed' && <Tickets booking={booking} away={away} onCancel={(id) => setCancelling([id])} />}
        <div className={classes.buttons}>
          <Button component={Link} to={`/events/${event.id}`} variant="default" size="sm">
            {t('ticket:event.see')}
          </Button>
          {living[0] && <CalendarButton booking={booking} ticketId={living[0].id} away={away} />}
          {living.some((ticket) => ticket.code) && (
            <Button variant="default" size="sm" onClick={() => window.print()}>
              {t('print')}
            </Button>
          )}
        </div>
        {standing === 'upcoming' && living.length > 0 && (
          <section className={classes.cancel} aria-labelledby="booking-cancel">
            <h2 id="booking-cancel">{t('cancel.heading')}</h2>
            <p>{t('cancel.until', { when: format.when(event.cancelUntil, event.timeZone) })}</p>
            <Button
              variant="default"
              disabled={away}
              aria-describedby={away ? 'booking-cancel-why' : undefined}
              onClick={() => setCancelling(living.map((ticket) => ticket.id))}
            >
              {t('cancel.open')}
            </Button>
            {away && <p id="booking-cancel-why">{t('ticket:needsConnection')}</p>}
          </section>
        )}
        {cancelling && (
          <Cancelling
            booking={booking}
            first={cancelling}
            onClose={() => setCancelling(undefined)}
            onDone={(text) => {
              setCancelling(undefined);
              setDone(text);
            }}
          />
        )}
      </div>
    </Page>
  );
};
