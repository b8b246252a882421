import { Button, Skeleton } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../../lib/problem';
import { SearchIcon } from '../../ui/icons';
import { LinkButton } from '../../ui/LinkButton';
import { Message } from '../../ui/Message';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { EventCard } from './EventCard';
import classes from './EventResults.module.css';
import { eventsQuery } from './queries';
import { type DiscoverSearch, isHome } from './search';

const inView = 4; // cards whose pictures are loaded at once

/** What a search finds; more of it as one scrolls, or asks. */
export const EventResults = ({ search }: { search: DiscoverSearch }) => {
  const { t } = useTranslation('discover');
  const found = useInfiniteQuery(eventsQuery(search));
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, isPlaceholderData } = found;
  const events = data?.pages.flatMap((p) => p.items) ?? [];
  const home = isHome(search);
  // A page may be empty and not be the last.
  const goOn = data !== undefined && events.length === 0 && hasNextPage && !isFetchingNextPage && !error;
  useEffect(() => {
    if (goOn) void fetchNextPage();
  }, [goOn, fetchNextPage]);

  if (error && !data) return <ProblemNotice problem={asProblem(error)} onRetry={() => void found.refetch()} />;
  const looking = !data || (events.length === 0 && hasNextPage);
  if (!looking && events.length === 0) return <Nothing home={home} />;
  return (
    <section aria-labelledby="results" aria-busy={looking || isPlaceholderData}>
      <div className={classes.header}>
        <h2 id="results">{t(home ? 'list.coming' : 'list.found')}</h2>
        <p role="status">
          {!looking && !isPlaceholderData && t(hasNextPage ? 'list.countMore' : 'list.count', { count: events.length })}
        </p>
      </div>
      {looking ? (
        <Skeletons />
      ) : (
        <ul className={classes.cards} data-stale={isPlaceholderData}>
          {events.map((event, i) => (
            <li key={event.id}>
              <EventCard event={event} eager={i < inView} />
            </li>
          ))}
        </ul>
      )}
      {error && data && <ProblemNotice problem={asProblem(error)} onRetry={() => void fetchNextPage()} />}
      {!looking && hasNextPage && <More busy={isFetchingNextPage} failed={!!error} onMore={() => void fetchNextPage()} />}
    </section>
  );
};

const Nothing = ({ home }: { home: boolean }) => {
  const { t } = useTranslation('discover');
  return (
    <Message
      level={2}
      icon={<SearchIcon />}
      title={t(home ? 'list.empty' : 'list.none')}
      text={t(home ? 'list.emptyText' : 'list.noneText')}
    >
      {!home && (
        <LinkButton to="/" search={{}} variant="default">
          {t('filters.clear')}
        </LinkButton>
      )}
    </Message>
  );
};

const Skeletons = () => (
  <div className={classes.cards} aria-hidden="true">
    {[0, 1, 2, 3, 4, 5, 6, 7].map((i) => (
      <div key={i} className={classes.skeleton}>
        <Skeleton className={classes.skeletonArt} />
        <Skeleton height={22} width="80%" />
        <Skeleton height={16} width="60%" />
        <Skeleton height={16} width="50%" />
      </div>
    ))}
  </div>
);

/** A button that presses itself when it comes into view; not again after a failure. */
const More = ({ busy, failed, onMore }: { busy: boolean; failed: boolean; onMore(): void }) => {
  const { t } = useTranslation('discover');
  const ref = useRef<HTMLButtonElement>(null);
  const press = useRef(onMore);
  press.current = onMore;
  useEffect(() => {
    if (!ref.current || busy || failed) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((e) => e.isIntersecting)) press.current();
      },
      { rootMargin: '400px' },
    );
    observer.observe(ref.current);
    return () => observer.disconnect();
  }, [busy, failed]);
  return (
    <div className={classes.more}>
      <Button ref={ref} variant="default" loading={busy} onClick={onMore}>
        {t('list.more')}
      </Button>
    </div>
  );
};
