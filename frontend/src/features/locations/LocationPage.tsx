import { Skeleton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { updateLocation } from '../../api/gen/sdk.gen';
import type { Hall, Location } from '../../api/gen/types.gen';
import { locationQuery } from '../../lib/events';
import { asProblem } from '../../lib/problem';
import { HallPreview } from '../../ui/HallPreview';
import { LinkButton } from '../../ui/LinkButton';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { toast } from '../../ui/Toasts';
import { draftOf, placesOf } from './hall';
import { LocationForm } from './LocationForm';
import classes from './LocationPage.module.css';
import { draftOfLocation, type LocationDraft, patchOf } from './location';
import { ifMatch } from './queries';

/** One location: its halls, its address. */
export const LocationPage = () => {
  const { t } = useTranslation('locations');
  const { locationId } = useParams({ from: '/organise/locations/$locationId' });
  const { data: location, error, refetch } = useQuery(locationQuery(locationId));
  const back = <Link to="/organise/locations">{t('back')}</Link>;
  if (error && !location) return <ProblemNotice problem={asProblem(error)} onRetry={() => void refetch()} />;
  if (!location)
    return (
      <Page title={t('title')} above={back}>
        <Skeleton height={240} radius="md" />
      </Page>
    );
  return (
    <Page title={location.name} above={back}>
      <section aria-labelledby="halls">
        <div className={classes.header}>
          <h2 id="halls">{t('hallsTitle')}</h2>
          <LinkButton to="/organise/locations/$locationId/halls/$hallId" params={{ locationId: location.id, hallId: 'new' }}>
            {t('hallNew')}
          </LinkButton>
        </div>
        {location.halls.length === 0 && <p className={classes.quiet}>{t('hallsNone')}</p>}
        <ul className={classes.halls}>
          {location.halls.map((hall) => (
            <li key={hall.id}>
              <HallCard location={location} hall={hall} />
            </li>
          ))}
        </ul>
      </section>
      <section className={classes.details} aria-labelledby="details">
        <h2 id="details">{t('details')}</h2>
        <Details key={location.id} location={location} />
      </section>
    </Page>
  );
};

const HallCard = ({ location, hall }: { location: Location; hall: Hall }) => {
  const { t } = useTranslation('locations');
  const places = draftOf(hall).sections.reduce((n, s) => n + placesOf(s), 0);
  return (
    <Link
      className={classes.hall}
      to="/organise/locations/$locationId/halls/$hallId"
      params={{ locationId: location.id, hallId: hall.id }}
    >
      <HallPreview sections={hall.sections} stage={t('stage')} />
      <strong>{hall.name}</strong>
      <span className={classes.quiet}>{t('places', { count: places })}</span>
    </Link>
  );
};

const Details = ({ location }: { location: Location }) => {
  const { t } = useTranslation('locations');
  const queries = useQueryClient();
  // What is read meanwhile is shown until something was typed, and never takes that away.
  const [opened, setOpened] = useState(location);
  const [touched, setTouched] = useState(false);
  if (!touched && opened.version !== location.version) setOpened(location);
  const update = useMutation({
    mutationFn: (draft: LocationDraft) =>
      updateLocation({
        path: { locationId: location.id },
        headers: { 'If-Match': ifMatch(opened.version) },
        body: patchOf(draft),
      }),
    onSuccess: (saved) => {
      queries.setQueryData(['location', location.id], saved);
      void queries.invalidateQueries({ queryKey: ['locations'] });
      setTouched(false);
      toast(t('saved'));
    },
  });
  return (
    <LocationForm
      key={opened.version}
      initial={draftOfLocation(opened)}
      submit={t('save', { ns: 'common' })}
      busy={update.isPending}
      problem={update.error ? asProblem(update.error) : undefined}
      onTouch={() => setTouched(true)}
      onSubmit={(draft) => update.mutate(draft)}
    />
  );
};
