import { Button, Skeleton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { cancelBooking, quoteCancellation } from '../../api/gen/sdk.gen';
import type { Booking } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { asProblem } from '../../lib/problem';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/Notice';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { toast } from '../../ui/Toasts';
import { nameOf } from './bookingTable';
import classes from './EventActions.module.css';

/** Cancels what is left of somebody's booking, after saying what goes back to them. */
export const CancelBooking = ({ booking, onClose }: { booking: Booking; onClose(): void }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const queries = useQueryClient();
  const path = { bookingId: booking.id };
  const valid = booking.tickets.filter((x) => x.status === 'valid').map((x) => x.id);
  const used = valid.length < booking.tickets.filter((x) => x.status !== 'cancelled').length;
  const ticketIds = used ? valid : undefined; // used tickets stay: naming none would refuse all
  const quote = useQuery({
    queryKey: ['quote', booking.id, booking.version, ticketIds],
    queryFn: ({ signal }) => quoteCancellation({ path, ...(ticketIds && { query: { ticketIds } }), signal }),
    gcTime: 0,
  });
  const cancel = useMutation({
    mutationFn: () => cancelBooking({ path, body: ticketIds ? { ticketIds } : {} }),
    onSuccess: () => {
      for (const queryKey of [
        ['bookings', 'of', booking.eventId],
        ['sales', booking.eventId],
        ['availability', booking.eventId],
      ])
        void queries.invalidateQueries({ queryKey });
      toast(t('cancelBooking.done'));
      onClose();
    },
  });
  const { data } = quote;
  const problem = cancel.error ?? quote.error;
  return (
    <Dialog open title={t('cancelBooking.title')} onClose={onClose}>
      <div className={classes.form}>
        <p>
          <strong>{nameOf(booking) ?? t('bookings.unnamed')}</strong> <span className={classes.quiet}>{booking.id}</span>
        </p>
        {quote.isPending && <Skeleton height={72} radius="md" />}
        {data?.allowed && (
          <Notice
            kind="warn"
            title={t('cancelBooking.effect', {
              tickets: t('count.tickets', { count: data.ticketIds.length }),
              money: format.money(data.refund),
            })}
          >
            <span>{t('cancelBooking.more')}</span>
            {used && <span>{t('cancelBooking.used')}</span>}
          </Notice>
        )}
        {data && !data.allowed && <Notice kind="info" title={t('cancelBooking.not')} />}
        {problem && (
          <ProblemNotice problem={asProblem(problem)} focus onRetry={quote.error ? () => void quote.refetch() : undefined} />
        )}
        <div className={classes.buttons}>
          <Button color="red" disabled={!data?.allowed} loading={cancel.isPending} onClick={() => cancel.mutate()}>
            {t('cancelBooking.now')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t('keep')}
          </Button>
        </div>
      </div>
    </Dialog>
  );
};
