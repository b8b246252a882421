import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Booking } from '../../api/gen/types.gen';
import { CodeViewer } from '../../ui/CodeViewer';
import { TicketCard } from '../../ui/TicketCard';
import { TicketActions } from './TicketActions';
import classes from './Tickets.module.css';

interface Props {
  booking: Booking;
  away: boolean;
  onCancel: (ticketId: string) => void;
}

/** A booking's tickets, as cards. */
export const Tickets = ({ booking, away, onCancel }: Props) => {
  const { t } = useTranslation(['bookings', 'ticket']);
  const [shown, setShown] = useState<number>();
  const { tickets, event } = booking;
  const withCode = tickets.filter((ticket) => ticket.status === 'valid' && ticket.code);
  return (
    <section aria-labelledby="booking-tickets">
      <h2 id="booking-tickets" className={classes.heading}>
        {t('tickets', { count: tickets.length })}
      </h2>
      <ul className={classes.tickets}>
        {tickets.map((ticket, i) => (
          <li key={ticket.id}>
            <TicketCard
              ticket={ticket}
              event={event}
              place={t('ticket:of', { n: i + 1, all: tickets.length })}
              onShow={() => setShown(withCode.indexOf(ticket))}
            >
              {ticket.status === 'valid' && (
                <TicketActions booking={booking} ticket={ticket} away={away} onCancel={() => onCancel(ticket.id)} />
              )}
            </TicketCard>
          </li>
        ))}
      </ul>
      <CodeViewer tickets={withCode} shown={shown} onShow={setShown} onClose={() => setShown(undefined)} />
    </section>
  );
};
