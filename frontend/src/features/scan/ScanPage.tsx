import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { useFormat } from '../../lib/format';
import { useOnline } from '../../lib/online';
import { asProblem } from '../../lib/problem';
import { ScanIcon } from '../../ui/icons';
import { Message } from '../../ui/Message';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { DoorLink } from './DoorLink';
import { doorEventsQuery } from './doorEvents';
import { lastDoor } from './lastDoor';
import { keptEventsQuery } from './list';
import { recordsQuery } from './records';
import classes from './ScanPage.module.css';
import { useSync } from './sync';

/** Which event's door. */
export const ScanPage = () => {
  const { t } = useTranslation('scan');
  const online = useOnline();
  const found = useInfiniteQuery(doorEventsQuery);
  const kept = useQuery(keptEventsQuery);
  const refused = found.error && asProblem(found.error);
  const waitsForNetwork = !found.data && (!online || refused?.passing || refused?.status === 401);
  const events = found.data?.pages.flatMap((p) => p.items) ?? [];
  const keptIds = new Set(kept.data?.map((e) => e.id));
  useSync();
  return (
    <Page title={t('title')} width="narrow">
      <p className={classes.intro}>{t('choose.intro')}</p>
      <Leftovers />
      {refused && !found.data && <ProblemNotice problem={refused} onRetry={() => void found.refetch()} />}
      {found.isPending && !waitsForNetwork && (
        <div className={classes.list} aria-hidden="true">
          {[0, 1, 2, 3].map((i) => (
            <Skeleton key={i} height={92} radius="md" />
          ))}
        </div>
      )}
      {waitsForNetwork && kept.data && <Kept events={kept.data} />}
      {found.data && <Choice events={events} keptIds={keptIds} all={!found.hasNextPage} />}
      {found.hasNextPage && (
        <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t('choose.more')}
        </Button>
      )}
    </Page>
  );
};

const Choice = ({ events, keptIds, all }: { events: Event[]; keptIds: ReadonlySet<string>; all: boolean }) => {
  const { t } = useTranslation('scan');
  const format = useFormat();
  const last = lastDoor();
  const isToday = (e: Event) =>
    Date.parse(e.startsAt) <= now() ||
    format.day(e.startsAt, e.timeZone) === format.day(new Date(now()).toISOString(), e.timeZone);
  const lastFirst = (list: Event[]) => [...list.filter((e) => e.id === last), ...list.filter((e) => e.id !== last)];
  const today = events.filter(isToday);
  const later = events.filter((e) => !isToday(e));
  if (events.length === 0 && all) {
    return <Message level={2} title={t('choose.none')} text={t('choose.noneText')} icon={<ScanIcon />} />;
  }
  return (
    <>
      <Group title={t('choose.today')} events={lastFirst(today)} keptIds={keptIds} last={last} />
      <Group title={t('choose.later')} events={lastFirst(later)} keptIds={keptIds} last={last} />
    </>
  );
};

const Kept = ({ events }: { events: Event[] }) => {
  const { t } = useTranslation('scan');
  if (events.length === 0) {
    return <Message level={2} title={t('choose.noneKept')} text={t('choose.noneKeptText')} icon={<ScanIcon />} />;
  }
  return <Group title={t('choose.kept')} events={events} keptIds={new Set(events.map((e) => e.id))} last={lastDoor()} />;
};

interface GroupProps {
  title: string;
  events: Event[];
  keptIds: ReadonlySet<string>;
  last: string | undefined;
}

const Group = ({ title, events, keptIds, last }: GroupProps) =>
  events.length > 0 && (
    <section className={classes.group}>
      <h2>{title}</h2>
      <ul className={classes.list}>
        {events.map((e) => (
          <li key={e.id}>
            <DoorLink event={e} kept={keptIds.has(e.id)} last={e.id === last} />
          </li>
        ))}
      </ul>
    </section>
  );

/** What this device still has to do for doors that were left. */
const Leftovers = () => {
  const { t } = useTranslation('scan');
  const { data: records } = useQuery(recordsQuery);
  const waiting = records?.filter((r) => r.sync === 'waiting').length ?? 0;
  const conflicts = records?.filter((r) => r.sync === 'conflict').length ?? 0;
  return (
    <div className={classes.leftovers}>
      {waiting > 0 && <Notice kind="info" title={t('choose.waiting', { count: waiting })} />}
      {conflicts > 0 && <Notice kind="warn" title={t('choose.conflicts', { count: conflicts })} />}
    </div>
  );
};
