import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { shareTicket } from '../../api/gen/sdk.gen';
import type { Booking, Ticket } from '../../api/gen/types.gen';
import { asProblem } from '../../lib/problem';
import { Dialog } from '../../ui/Dialog';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useSeatText } from '../../ui/seatText';
import { toast } from '../../ui/Toasts';
import { showTicket } from './queries';
import classes from './ShareTicket.module.css';

interface Props {
  booking: Booking;
  ticket: Ticket;
  onClose: () => void;
}

/** Makes the link that opens this one ticket, for whoever will use it. */
export const ShareTicket = ({ booking, ticket, onClose }: Props) => {
  const { t } = useTranslation(['bookings', 'common']);
  const queries = useQueryClient();
  const seatText = useSeatText();
  const { mutate, data, isPending, error } = useMutation({
    mutationFn: () => shareTicket({ path: { bookingId: booking.id, ticketId: ticket.id } }),
    onSuccess: () => showTicket(queries, booking.id, { ...ticket, shared: true }),
  });
  const copy = async (url: string) => {
    await navigator.clipboard.writeText(url);
    toast(t('common:copied'));
  };
  const send = (url: string) =>
    navigator.share({ title: t('share.message', { name: booking.event.name }), url }).catch(() => {
      // Whoever closes the device's own dialog has the link here.
    });
  return (
    <Dialog open title={t('share.title')} onClose={onClose}>
      <div className={classes.body}>
        <p>{t('share.text', { who: ticket.attendee.name || seatText(ticket.seat) })}</p>
        {data ? (
          <>
            <TextInput
              label={t('share.link')}
              value={data.url}
              readOnly
              autoFocus
              dir="ltr"
              onFocus={(e) => e.currentTarget.select()}
            />
            <div className={classes.buttons}>
              <Button onClick={() => void copy(data.url)}>{t('common:copy')}</Button>
              {'share' in navigator && (
                <Button variant="default" onClick={() => void send(data.url)}>
                  {t('share.send')}
                </Button>
              )}
            </div>
          </>
        ) : (
          <>
            {ticket.shared && <p className={classes.earlier}>{t('share.earlier')}</p>}
            {error && <ProblemNotice problem={asProblem(error)} focus />}
            <Button loading={isPending} onClick={() => mutate()}>
              {t(ticket.shared ? 'share.again' : 'share.make')}
            </Button>
          </>
        )}
      </div>
    </Dialog>
  );
};
