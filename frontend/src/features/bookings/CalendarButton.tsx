import { Button } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { getTicketCalendar } from '../../api/gen/sdk.gen';
import type { Booking } from '../../api/gen/types.gen';
import { download, fileName } from '../../lib/download';
import { asProblem } from '../../lib/problem';
import { ProblemNotice } from '../../ui/ProblemNotice';

interface Props {
  booking: Booking;
  ticketId: string;
  away: boolean;
}

/** The event as a file that calendars read. */
export const CalendarButton = ({ booking, ticketId, away }: Props) => {
  const { t } = useTranslation('ticket');
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => getTicketCalendar({ path: { bookingId: booking.id, ticketId }, parseAs: 'text' }),
    onSuccess: (ics) => download(ics, 'text/calendar;charset=utf-8', fileName(booking.event.name, 'ics')),
  });
  return (
    <>
      <Button variant="default" size="sm" loading={isPending} disabled={away} onClick={() => mutate()}>
        {t('calendar')}
      </Button>
      {error && <ProblemNotice problem={asProblem(error)} focus />}
    </>
  );
};
