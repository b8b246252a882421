import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Booking } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { useFormat } from '../../lib/format';
import { Artwork } from '../../ui/Artwork';
import { CalendarIcon, PinIcon, TicketIcon } from '../../ui/icons';
import { useSeatText } from '../../ui/seatText';
import classes from './BookingCard.module.css';
import { livingTickets, standingOf } from './booking';
import { State } from './State';

const named = 3; // seats that a card tells one by one

/** A booking in the list: all of it is one link. */
export const BookingCard = ({ booking }: { booking: Booking }) => {
  const { t } = useTranslation('bookings');
  const format = useFormat();
  const seatText = useSeatText();
  const { event } = booking;
  const leaf = format.leaf(event.startsAt, event.timeZone);
  const standing = standingOf(booking, now());
  const tickets = livingTickets(booking).length > 0 ? livingTickets(booking) : booking.tickets;
  const seats = tickets.slice(0, named).map((ticket) => `${ticket.seat.section}, ${seatText(ticket.seat)}`);
  if (tickets.length > named) seats.push(t('moreSeats', { count: tickets.length - named }));
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
                {seats.map((s) => (
                  <span key={s}>{s}</span>
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
