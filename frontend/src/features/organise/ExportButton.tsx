import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { download, fileName } from '../../lib/download';
import { asProblem, type Problem } from '../../lib/problem';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { columns, csvOf } from './csv';
import { bookingsIn } from './queries';
import type { useEventBookings } from './useEventBookings';

interface Props {
  event: Event;
  all: ReturnType<typeof useEventBookings>;
  disabled: boolean;
}

/** Loads what is not loaded yet, then gives all bookings to the person as a CSV file. */
export const ExportButton = ({ event, all, disabled }: Props) => {
  const { t } = useTranslation('organise');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const write = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      let { data, hasNextPage } = all;
      while (hasNextPage) {
        const next = await all.fetchNextPage({ cancelRefetch: false });
        if (next.isError) throw next.error;
        ({ data, hasNextPage } = next);
      }
      const header = columns.map((c) => t(`csv.${c}`));
      download(csvOf(bookingsIn(data?.pages), event.ticketTypes, header), 'text/csv;charset=utf-8', fileName(event.name, 'csv'));
    } catch (thrown) {
      setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Button variant="default" loading={busy} disabled={disabled} onClick={() => void write()}>
        {t('csv.export')}
      </Button>
      {problem && <ProblemNotice problem={problem} focus onRetry={() => void write()} />}
    </>
  );
};
