import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { eventQuery } from '../../lib/events';
import { asProblem } from '../../lib/problem';
import { hasRole, useSession } from '../../lib/session';
import { useCategoryName } from '../../lib/useCategoryName';
import { Artwork } from '../../ui/Artwork';
import { LinkButton } from '../../ui/LinkButton';
import { Message } from '../../ui/Message';
import { useTitle } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import classes from './EventPage.module.css';
import { EventState } from './EventState';
import { Prices } from './Prices';
import { ShareButtons } from './ShareButtons';
import { TicketPanel } from './TicketPanel';
import { WhenAndWhere } from './WhenAndWhere';

/** One event: what, when, where, and tickets to it. */
export const EventPage = () => {
  const { t } = useTranslation('event');
  const { eventId } = useParams({ from: '/events/$eventId' });
  const { data: event, error, refetch } = useQuery({ ...eventQuery(eventId), refetchInterval: 30_000 });
  useTitle(event?.name ?? '');
  if (event) return <Shown event={event} />;
  if (error && asProblem(error).status === 404)
    return (
      <Message title={t('missing')} text={t('missingText')}>
        <LinkButton to="/">{t('back')}</LinkButton>
      </Message>
    );
  if (error) return <ProblemNotice problem={asProblem(error)} onRetry={() => void refetch()} />;
  return (
    <div className={classes.page} aria-hidden="true">
      <Skeleton className={classes.poster} />
      <div className={classes.facts}>
        <Skeleton height={44} width="70%" />
        <Skeleton height={120} />
      </div>
      <Skeleton className={classes.panelSkeleton} />
    </div>
  );
};

const Shown = ({ event: e }: { event: Event }) => {
  const { t } = useTranslation('event');
  const category = useCategoryName();
  const { person } = useSession();
  const own = hasRole(person, 'organiser') && person?.organisations.includes(e.organisationId);
  const selling = e.status === 'published' && e.availability !== 'ended';
  return (
    <article className={classes.page}>
      <div className={classes.poster}>
        <Artwork seed={e.id} src={e.imageUrl} eager />
      </div>
      <div className={classes.facts}>
        <p className={classes.category}>
          <Link to="/" search={{ category: e.category }}>
            {category(e.category)}
          </Link>
        </p>
        <h1 className={classes.title}>{e.name}</h1>
        {e.performers && e.performers.length > 0 && (
          <p className={classes.performers}>{t('with', { names: e.performers.join(' · ') })}</p>
        )}
        <EventState event={e} />
        <WhenAndWhere event={e} />
        <div className={classes.actions}>
          <ShareButtons event={e} />
          {own && (
            <LinkButton to="/organise/events/$eventId" params={{ eventId: e.id }} variant="default" size="sm">
              {t('manage')}
            </LinkButton>
          )}
        </div>
      </div>
      {selling && <TicketPanel event={e} />}
      {e.status === 'draft' && <Prices event={e} />}
      {e.description && (
        <section className={classes.about} aria-labelledby="about">
          <h2 id="about">{t('about')}</h2>
          <p>{e.description}</p>
        </section>
      )}
    </article>
  );
};
