import { Button, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { eventQuery } from '../../lib/events';
import { useFormat } from '../../lib/format';
import { asProblem } from '../../lib/problem';
import { SearchIcon, TicketIcon } from '../../ui/icons';
import { Message } from '../../ui/Message';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { BookingTable } from './BookingTable';
import { type Column, inOrder, type Status, sortedBy, viewed, wholeView } from './bookingTable';
import classes from './EventBookingsPage.module.css';
import { ExportButton } from './ExportButton';
import { useEventBookings } from './useEventBookings';

const statuses: Status[] = ['confirmed', 'checkedIn', 'recorded', 'cancelled', 'failed'];
const columns: Column[] = ['createdAt', 'name', 'tickets', 'total', 'status'];
const rowsAtOnce = 50;

/** Every booking of an event: found, sorted, opened, cancelled, taken along as a file. */
export const EventBookingsPage = () => {
  const { t } = useTranslation('organise');
  const { locale } = useFormat();
  const { eventId } = useParams({ from: '/organise/events/$eventId/bookings' });
  const event = useQuery(eventQuery(eventId));
  const all = useEventBookings(eventId, undefined);
  const [view, setView] = useState(wholeView);
  const [rows, setRows] = useState(rowsAtOnce);
  const sought = useDeferredValue(view);
  const found = useMemo(() => viewed(all.bookings, sought, locale), [all.bookings, sought, locale]);
  const change = (next: Partial<typeof view>) => {
    setView({ ...view, ...next });
    setRows(rowsAtOnce);
  };
  const problem = event.error ?? (all.data ? undefined : all.error);
  const back = (
    <Link to="/organise/events/$eventId" params={{ eventId }}>
      {event.data?.name ?? t('back')}
    </Link>
  );
  const retry = () => void Promise.all([event.refetch(), all.refetch()]);
  return (
    <Page
      title={t('bookings.title')}
      above={back}
      actions={event.data && <ExportButton event={event.data} all={all} disabled={all.bookings.length === 0} />}
    >
      {problem && <ProblemNotice problem={asProblem(problem)} onRetry={retry} />}
      {!problem && (!event.data || !all.data) && (
        <div className={classes.waiting} aria-hidden="true">
          {[0, 1, 2, 3, 4].map((i) => (
            <Skeleton key={i} height={56} radius="md" />
          ))}
        </div>
      )}
      {!problem && all.complete && all.bookings.length === 0 && (
        <Message level={2} title={t('bookings.none')} text={t('bookings.noneText')} icon={<TicketIcon />} />
      )}
      {event.data && all.bookings.length > 0 && (
        <>
          <search className={classes.filters}>
            <TextInput
              type="search"
              aria-label={t('bookings.search')}
              placeholder={t('bookings.search')}
              leftSection={<SearchIcon />}
              value={view.q}
              onChange={(e) => change({ q: e.currentTarget.value })}
            />
            <NativeSelect
              aria-label={t('filter.status')}
              value={view.status}
              onChange={(e) => change({ status: e.currentTarget.value as Status | '' })}
            >
              <option value="">{t('filter.all')}</option>
              {statuses.map((s) => (
                <option key={s} value={s}>
                  {t(`bookingStatus.${s}`)}
                </option>
              ))}
            </NativeSelect>
            <NativeSelect
              className={classes.sort}
              aria-label={t('bookings.sort')}
              value={view.column}
              onChange={(e) => change(inOrder(view, e.currentTarget.value as Column))}
            >
              {columns.map((c) => (
                <option key={c} value={c}>
                  {t(`column.${c}`)}
                </option>
              ))}
            </NativeSelect>
          </search>
          <p className={classes.count} role="status">
            {t('bookings.found', { count: found.length })}
            {!all.complete && ` ${t('bookings.loaded', { count: all.bookings.length })}`}
          </p>
          <BookingTable
            event={event.data}
            bookings={found.slice(0, rows)}
            view={view}
            onSort={(c) => setView(sortedBy(view, c))}
          />
          <div className={classes.more}>
            {found.length > rows && (
              <Button variant="default" onClick={() => setRows(rows + rowsAtOnce)}>
                {t('more')}
              </Button>
            )}
            {!all.complete && (
              <Button variant="default" loading={all.isFetchingNextPage} onClick={() => void all.fetchNextPage()}>
                {t('bookings.loadMore')}
              </Button>
            )}
          </div>
          {all.isFetchNextPageError && <ProblemNotice problem={asProblem(all.error)} onRetry={() => void all.fetchNextPage()} />}
        </>
      )}
    </Page>
  );
};
