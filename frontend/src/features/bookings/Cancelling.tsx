import { Button, Skeleton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cancelBooking } from '../../api/gen/sdk.gen';
import type { Booking } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { asProblem } from '../../lib/problem';
import { Checkbox } from '../../ui/Checkbox';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/Notice';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useSeatText } from '../../ui/seatText';
import classes from './Cancelling.module.css';
import { quoteQuery, showBooking } from './queries';

interface Props {
  booking: Booking;
  /** The tickets that are chosen at first. */
  first: string[];
  onClose: () => void;
  /** Called with what to say about it. */
  onDone: (text: string) => void;
}

/** Gives tickets back: says first what is refunded and until when, and does it only then. */
export const Cancelling = ({ booking, first, onClose, onDone }: Props) => {
  const { t } = useTranslation(['bookings', 'common']);
  const format = useFormat();
  const seatText = useSeatText();
  const queries = useQueryClient();
  const [chosen, setChosen] = useState(first);
  const choices = booking.tickets.filter((ticket) => ticket.status === 'valid');
  const ticketIds = choices.map((c) => c.id).filter((id) => chosen.includes(id));
  const quote = useQuery(quoteQuery(booking.id, ticketIds));
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => cancelBooking({ path: { bookingId: booking.id }, body: { ticketIds } }),
    onSuccess: (after) => {
      showBooking(queries, after);
      void queries.invalidateQueries({ queryKey: ['availability', booking.eventId] });
      const amount = quote.data?.refund;
      const count = ticketIds.length;
      onDone(
        amount && amount.amount > 0 ? t('cancel.done', { count, amount: format.money(amount) }) : t('cancel.doneFree', { count }),
      );
    },
    // What refused it has changed something: the page shows what.
    onError: () => void queries.invalidateQueries({ queryKey: ['booking', booking.id] }),
  });
  const reasons: Record<string, string> = {
    tooLate: t('cancel.reason.tooLate', { when: format.when(booking.event.cancelUntil, booking.event.timeZone) }),
    checkedIn: t('cancel.reason.checkedIn'),
    unsettled: t('cancel.reason.unsettled'),
  };
  const quoted = ticketIds.length > 0 ? quote.data : undefined;
  return (
    <Dialog open title={t('cancel.title')} onClose={onClose}>
      <div className={classes.body}>
        <fieldset className={classes.choices}>
          <legend>{t('cancel.which')}</legend>
          {choices.map((ticket) => (
            <Checkbox
              key={ticket.id}
              checked={chosen.includes(ticket.id)}
              onChange={(e) =>
                setChosen(e.currentTarget.checked ? [...chosen, ticket.id] : chosen.filter((id) => id !== ticket.id))
              }
              label={`${ticket.seat.section} · ${seatText(ticket.seat)}`}
              description={ticket.attendee.name}
            />
          ))}
        </fieldset>
        <div className={classes.quote} aria-live="polite">
          {ticketIds.length === 0 && <p>{t('cancel.none')}</p>}
          {ticketIds.length > 0 && quote.isPending && <Skeleton height="3.25rem" />}
          {ticketIds.length > 0 && quote.error && (
            <ProblemNotice problem={asProblem(quote.error)} onRetry={() => void quote.refetch()} />
          )}
          {quoted?.allowed && (
            <>
              <p className={classes.refund}>
                {quoted.refund.amount > 0 ? t('cancel.refund', { amount: format.money(quoted.refund) }) : t('cancel.refundFree')}
              </p>
              <p>{t('cancel.final')}</p>
            </>
          )}
          {quoted && !quoted.allowed && (
            <Notice kind="warn" title={reasons[quoted.reason ?? ''] ?? t('cancel.reason.other')}>
              {null}
            </Notice>
          )}
        </div>
        {error && <ProblemNotice problem={asProblem(error)} texts={reasons} focus />}
        <div className={classes.buttons}>
          <Button color="red" loading={isPending} disabled={!quoted?.allowed} onClick={() => mutate()}>
            {t('cancel.confirm', { count: Math.max(1, ticketIds.length) })}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t('cancel.keep')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
};
