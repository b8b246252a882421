import { Button, Skeleton, TextInput } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Location } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { asProblem } from '../../lib/problem';
import { useSession } from '../../lib/session';
import { ChevronIcon, PinIcon, SearchIcon } from '../../ui/icons';
import { LinkButton } from '../../ui/LinkButton';
import { Message } from '../../ui/Message';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import classes from './LocationsPage.module.css';
import { ownLocationsQuery } from './queries';

/** The organisation's locations. */
export const LocationsPage = () => {
  const { t } = useTranslation('locations');
  const { person } = useSession();
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim());
  const found = useInfiniteQuery(ownLocationsQuery(person?.organisations ?? [], q));
  const items = found.data?.pages.flatMap((p) => p.items) ?? [];
  const add = <LinkButton to="/organise/locations/new">{t('new')}</LinkButton>;
  return (
    <Page title={t('title')} above={<Link to="/organise">{t('organise')}</Link>} actions={add}>
      <TextInput
        className={classes.search}
        type="search"
        aria-label={t('search')}
        placeholder={t('search')}
        leftSection={<SearchIcon />}
        value={text}
        onChange={(e) => setText(e.currentTarget.value)}
      />
      {found.isPending && (
        <div className={classes.list} aria-hidden="true">
          {[0, 1, 2].map((i) => (
            <Skeleton key={i} height={84} radius="md" />
          ))}
        </div>
      )}
      {found.isError && <ProblemNotice problem={asProblem(found.error)} onRetry={() => void found.refetch()} />}
      {found.isSuccess && items.length === 0 && !found.hasNextPage && (
        <Message level={2} title={t(q ? 'noneFound' : 'none')} text={q ? undefined : t('noneText')} icon={<PinIcon />}>
          {!q && add}
        </Message>
      )}
      {items.length > 0 && (
        <ul className={classes.list}>
          {items.map((l) => (
            <li key={l.id}>
              <Row location={l} />
            </li>
          ))}
        </ul>
      )}
      {found.hasNextPage && (
        <Button variant="default" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t('more')}
        </Button>
      )}
    </Page>
  );
};

const Row = ({ location: l }: { location: Location }) => {
  const { t } = useTranslation('locations');
  const format = useFormat();
  const places = l.halls.flatMap((h) => h.sections).reduce((n, s) => n + sectionPlaces(s), 0);
  return (
    <Link className={classes.row} to="/organise/locations/$locationId" params={{ locationId: l.id }}>
      <span className={classes.pin} aria-hidden="true">
        <PinIcon />
      </span>
      <span className={classes.text}>
        <strong>{l.name}</strong>
        <span className={classes.quiet}>{[l.address, l.city, format.country(l.country)].join(', ')}</span>
        <span className={classes.quiet}>
          {t('halls', { count: l.halls.length })} · {t('places', { count: places })}
        </span>
      </span>
      <ChevronIcon />
    </Link>
  );
};

const sectionPlaces = (s: Location['halls'][number]['sections'][number]): number =>
  s.capacity ?? (s.rows ?? []).reduce((n, r) => n + r.seats, 0);
