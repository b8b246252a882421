import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Booking } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { useFormat } from '../../lib/format';
import { Artwork } from '../../ui/Artwork';
import { CalendarIcon, PinIcon, TicketIcon } from '../../ui/icons';
import classes from './BookingCard.module.css';
import { livingTickets, placesOf, standingOf } from './booking';
import { State } from './State';

/** A booking in the list: all of it is one link. */
export const BookingCard = ({ booking }: { booking: Booking }) => {
  const { t } = useTranslation('bookings');
  const format = useFormat();
  const { event } = booking;
  const leaf = format.leaf(event.startsAt, event.timeZone);
  const standing = standingOf(booking, now());
  const tickets = livingTickets(booking).length > 0 ? livingTickets(booking) : booking.tickets;
  return (
    <article className={classes.card} data-standing={standing}>
      <div className={classes.art} aria-hidden="true">
        <Artwork seed={event.id} />
        <time className={classes.day}>
          <span>{leaf.day}</span>
          {leaf.month}
        </time>
      </div>
      <div className={classes.body}>
        <h3 className={classes.name}>
          <Link to="/bookings/$bookingId" params={{ bookingId: booking.id }}>
            <bdi>{event.name}</bdi>
          </Link>
        </h3>
        <ul className={classes.facts}>
          <li>
            <CalendarIcon />
            <time dateTime={event.startsAt}>{format.when(event.startsAt, event.timeZone)}</time>
          </li>
          <li>
            <PinIcon />
            <span>
              <bdi>{event.location.name}</bdi>, <bdi>{event.location.city}</bdi>
            </span>
          </li>
          <li>
            <TicketIcon />
            <span>
              {t('tickets', { count: tickets.length })}
              <span className={classes.seats}>
                {placesOf(tickets).map(({ section, row, numbers }) => (
                  <span key={`${section} ${row}`}>
                    <bdi>{section}</bdi>
                    {' · '}
                    {row
                      ? t('rowSeats', { count: numbers.length, row, numbers: format.list(numbers.map(String)) })
                      : t('standing')}
                  </span>
                ))}
              </span>
            </span>
          </li>
        </ul>
        <State booking={booking} standing={standing} />
      </div>
    </article>
  );
};
