import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Booking, Event } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import classes from './BookingDetails.module.css';
import { placeOf } from './bookingTable';
import { CancelBooking } from './CancelBooking';

/** The tickets of a booking: who, where, for how much, whether they are in. */
export const BookingDetails = ({ event, booking: b }: { event: Event; booking: Booking }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const [cancelling, setCancelling] = useState(false);
  const types = new Map(event.ticketTypes.map((type) => [type.id, type.name]));
  const open = b.status === 'confirmed' && b.tickets.some((x) => x.status === 'valid');
  return (
    <>
      <ul className={classes.tickets}>
        {b.tickets.map((ticket) => (
          <li key={ticket.id} data-status={ticket.status}>
            <span className={classes.who}>
              <strong>{ticket.attendee.name ?? t('bookings.unnamed')}</strong>
              {ticket.attendee.email && <bdi>{ticket.attendee.email}</bdi>}
            </span>
            <span>
              {placeOf(ticket.seat)}
              <span className={classes.quiet}>{types.get(ticket.seat.ticketTypeId)}</span>
            </span>
            <span>{format.money(ticket.seat.price)}</span>
            <span className={classes.state}>
              {t(`ticketStatus.${ticket.status}`)}
              {ticket.checkedInAt && <span className={classes.quiet}>{format.time(ticket.checkedInAt, event.timeZone)}</span>}
            </span>
          </li>
        ))}
      </ul>
      {open && (
        <Button size="sm" variant="outline" color="red" onClick={() => setCancelling(true)}>
          {t('cancelBooking.title')}
        </Button>
      )}
      {cancelling && <CancelBooking booking={b} onClose={() => setCancelling(false)} />}
    </>
  );
};
