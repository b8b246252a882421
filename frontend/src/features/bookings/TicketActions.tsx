import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useId, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { renameTicket } from '../../api/gen/sdk.gen';
import type { Attendee, Booking, Ticket } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { NameTicket } from '../../ui/NameTicket';
import { toast } from '../../ui/Toasts';
import { standingOf } from './booking';
import { showTicket } from './queries';
import { ShareTicket } from './ShareTicket';
import classes from './TicketActions.module.css';

interface Props {
  booking: Booking;
  ticket: Ticket;
  /** No connection: nothing can be changed. */
  away: boolean;
  onCancel: () => void;
}

/** What a buyer does with one ticket: name it, send it to whoever uses it, give it back. */
export const TicketActions = ({ booking, ticket, away, onCancel }: Props) => {
  const { t } = useTranslation(['bookings', 'ticket', 'common']);
  const queries = useQueryClient();
  const [doing, setDoing] = useState<'name' | 'share'>();
  const opener = useRef<HTMLButtonElement>(null);
  const why = useId();
  const standing = standingOf(booking, now());
  if (standing !== 'upcoming') return null;
  const disabled = { disabled: away, 'aria-describedby': away ? why : undefined };

  const save = async (attendee: Attendee) => {
    const renamed = await renameTicket({ path: { bookingId: booking.id, ticketId: ticket.id }, body: { attendee } });
    showTicket(queries, booking.id, renamed);
    toast(t('ticket:name.done', { name: attendee.name }));
  };
  const back = () => {
    flushSync(() => setDoing(undefined)); // the button is back by then
    opener.current?.focus();
  };

  if (doing === 'name') {
    return (
      <NameTicket
        attendee={ticket.attendee}
        effect={t(ticket.shared ? 'ticket:name.revokes' : 'ticket:name.renews')}
        save={save}
        onDone={back}
      />
    );
  }
  return (
    <>
      <div className={classes.actions}>
        {ticket.code && (
          <>
            <Button ref={opener} variant="light" size="sm" {...disabled} onClick={() => setDoing('name')}>
              {t(ticket.attendee.name ? 'ticket:name.change' : 'ticket:name.open')}
            </Button>
            <Button variant="light" size="sm" {...disabled} onClick={() => setDoing('share')}>
              {t('share.open')}
            </Button>
          </>
        )}
        <Button variant="subtle" size="sm" color="red" {...disabled} onClick={onCancel}>
          {t('cancel.one')}
        </Button>
      </div>
      {away && (
        <p id={why} className={classes.why}>
          {t('ticket:needsConnection')}
        </p>
      )}
      {doing === 'share' && <ShareTicket booking={booking} ticket={ticket} onClose={() => setDoing(undefined)} />}
    </>
  );
};
