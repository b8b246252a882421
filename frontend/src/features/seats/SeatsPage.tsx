import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { availabilityQuery, eventQuery, isLive, locationQuery } from '../../lib/events';
import { useFormat } from '../../lib/format';
import { asProblem } from '../../lib/problem';
import { readPurchase } from '../../lib/purchase';
import { SeatIcon } from '../../ui/icons';
import { LinkButton } from '../../ui/LinkButton';
import { Message } from '../../ui/Message';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Choosing } from './Choosing';
import { keeps } from './proceed';
import classes from './SectionSeats.module.css';
import { parseSeats } from './search';
import { type SectionView, sectionsOf } from './sections';
import { Waiting } from './Waiting';

const often = 30_000; // milliseconds; whoever waits for a sale to open sees that it does

/** Where people choose their places at an event. */
export const SeatsPage = () => {
  const { t } = useTranslation(['seats', 'common']);
  const { eventId = '' } = useParams({ strict: false });
  const event = useQuery({ ...eventQuery(eventId), refetchInterval: often });
  const format = useFormat();
  const missing = !event.data && event.isError && asProblem(event.error).status === 404;
  const back = (
    <Link to="/events/$eventId" params={{ eventId }}>
      {event.data?.name ?? t('toEvent')}
    </Link>
  );
  return (
    <Page title={t('title')} above={!missing && back} hideTitle={missing}>
      {event.data && (
        <p className={[classes.hint, classes.when].join(' ')}>
          {[format.when(event.data.startsAt, event.data.timeZone), event.data.location.name, event.data.location.city].join(
            ' · ',
          )}
        </p>
      )}
      {event.data ? (
        <Opened key={event.data.id} event={event.data} />
      ) : missing ? (
        <Message level={2} icon={<SeatIcon />} title={t('common:problem.404')}>
          <LinkButton to="/">{t('toOthers')}</LinkButton>
        </Message>
      ) : event.isError ? (
        <ProblemNotice problem={asProblem(event.error)} onRetry={() => void event.refetch()} />
      ) : (
        <Waiting />
      )}
    </Page>
  );
};

/** Why nothing can be chosen, if so. */
const closedBy = (
  event: Event,
  sections: SectionView[],
): 'cancelled' | 'ended' | 'notOnSale' | 'soldOut' | 'held' | undefined => {
  if (event.status === 'cancelled' || event.availability === 'cancelled') return 'cancelled';
  if (event.status === 'ended' || event.availability === 'ended') return 'ended';
  const offered = sections.filter((s) => s.state !== 'notOnSale');
  if (event.availability === 'notOnSale' || event.status === 'draft' || offered.length === 0) return 'notOnSale';
  if (offered.every((s) => s.state === 'soldOut')) return 'soldOut';
  if (offered.every((s) => s.state === 'soldOut' || s.state === 'held')) return 'held';
  return undefined;
};

const Opened = ({ event }: { event: Event }) => {
  const { t } = useTranslation('seats');
  const format = useFormat();
  const search = parseSeats(useSearch({ strict: false }));
  const location = useQuery(locationQuery(event.locationId));
  const availability = useQuery({ ...availabilityQuery(event.id), enabled: isLive(event) });
  const [before] = useState(() => {
    const purchase = search.purchase ? readPurchase(search.purchase) : undefined;
    return purchase?.eventId === event.id && !purchase.bookingId ? purchase : undefined;
  });
  const hall = location.data?.halls.find((h) => h.id === event.hallId);
  if (location.isError) return <ProblemNotice problem={asProblem(location.error)} onRetry={() => void location.refetch()} />;
  if (!location.data) return <Waiting />;
  const sections = sectionsOf(event, hall?.sections ?? [], availability.data ?? undefined, now());
  const closed = closedBy(event, sections);
  const mine = keeps(before); // what is left may be in one's own basket
  if (closed && !(mine && (closed === 'soldOut' || closed === 'held'))) {
    const opens =
      closed === 'notOnSale' && event.onSaleFrom && Date.parse(event.onSaleFrom) > now() ? event.onSaleFrom : undefined;
    return (
      <Message
        level={2}
        icon={<SeatIcon />}
        title={t(`closed.${closed}`)}
        text={opens ? t('closed.opens', { when: format.when(opens, event.timeZone) }) : t(`closed.${closed}Text`)}
      >
        <LinkButton to="/events/$eventId" params={{ eventId: event.id }} variant="default">
          {t('toEvent')}
        </LinkButton>
        <LinkButton to="/">{t('toOthers')}</LinkButton>
      </Message>
    );
  }
  return (
    <Choosing event={event} sections={sections} availability={availability.data ?? undefined} search={search} before={before} />
  );
};
