import { Button, NativeSelect, Skeleton, TextInput } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { asProblem } from '../../lib/problem';
import { useSession } from '../../lib/session';
import { CalendarIcon, SearchIcon } from '../../ui/icons';
import { LinkButton } from '../../ui/LinkButton';
import { Message } from '../../ui/Message';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { EventRow } from './EventRow';
import { NextWeeks } from './NextWeeks';
import classes from './OrganisePage.module.css';
import { ownPlaceQuery, pastQuery, upcomingQuery } from './queries';

const statuses = ['draft', 'published', 'cancelled'] as const;

/** The organisation's events. */
export const OrganisePage = () => {
  const { t } = useTranslation('organise');
  const [text, setText] = useState('');
  const [status, setStatus] = useState<Event['status'] | ''>('');
  const [past, setPast] = useState(false);
  const q = useDeferredValue(text.trim());
  const upcoming = useInfiniteQuery({ ...upcomingQuery(q), enabled: !past });
  const gone = useInfiniteQuery({ ...pastQuery(q), enabled: past });
  const found = past ? gone : upcoming;
  const items = (past ? gone.data?.pages : upcoming.data?.pages)?.flatMap((p) => p.items) ?? [];
  const shown = items.filter((e) => !status || e.status === status);
  const nothing = found.isSuccess && items.length === 0 && !found.hasNextPage;
  return (
    <Page
      title={t('title')}
      actions={
        <>
          <LinkButton to="/organise/locations" variant="default">
            {t('locations')}
          </LinkButton>
          <LinkButton to="/organise/events/new">{t('new')}</LinkButton>
        </>
      }
    >
      {!past && !q && items.length > 0 && <NextWeeks events={items} />}
      <search className={classes.filters}>
        <TextInput
          type="search"
          aria-label={t('search')}
          placeholder={t('search')}
          leftSection={<SearchIcon />}
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
        />
        <NativeSelect
          aria-label={t('filter.when')}
          value={past ? 'past' : 'upcoming'}
          onChange={(e) => setPast(e.currentTarget.value === 'past')}
        >
          <option value="upcoming">{t('filter.upcoming')}</option>
          <option value="past">{t('filter.past')}</option>
        </NativeSelect>
        <NativeSelect
          aria-label={t('filter.status')}
          value={status}
          onChange={(e) => setStatus(e.currentTarget.value as Event['status'] | '')}
        >
          <option value="">{t('filter.all')}</option>
          {[...statuses, ...(past ? (['ended'] as const) : [])].map((s) => (
            <option key={s} value={s}>
              {t(`status.${s}`)}
            </option>
          ))}
        </NativeSelect>
      </search>
      {found.isPending && (
        <div className={classes.list} aria-hidden="true">
          {[0, 1, 2].map((i) => (
            <Skeleton key={i} height={132} radius="md" />
          ))}
        </div>
      )}
      {found.isError && <ProblemNotice problem={asProblem(found.error)} onRetry={() => void found.refetch()} />}
      {nothing && (q || past ? <Message level={2} title={t('none.found')} icon={<CalendarIcon />} /> : <Beginning />)}
      {items.length > 0 && shown.length === 0 && <p className={classes.quiet}>{t('none.status')}</p>}
      {shown.length > 0 && (
        <ul className={classes.list}>
          {shown.map((e) => (
            <li key={e.id}>
              <EventRow event={e} />
            </li>
          ))}
        </ul>
      )}
      {found.hasNextPage && (
        <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t(past ? 'earlier' : 'more')}
        </Button>
      )}
    </Page>
  );
};

/** Where somebody who has no events begins. */
const Beginning = () => {
  const { t } = useTranslation('organise');
  const { person } = useSession();
  const { data: place } = useQuery(ownPlaceQuery(person?.organisations ?? []));
  const hasHall = (place?.halls.length ?? 0) > 0;
  return (
    <Message level={2} title={t('none.title')} text={t(hasHall ? 'none.textEvent' : 'none.text')} icon={<CalendarIcon />}>
      {!hasHall && <LinkButton to="/organise/locations/new">{t('none.location')}</LinkButton>}
      <LinkButton to="/organise/events/new" variant={hasHall ? 'filled' : 'default'}>
        {t('none.event')}
      </LinkButton>
    </Message>
  );
};
