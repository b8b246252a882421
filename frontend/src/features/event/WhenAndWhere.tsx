import { Button, Skeleton } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { CalendarIcon, CheckIcon, ClockIcon, PinIcon } from '../../ui/icons';
import classes from './WhenAndWhere.module.css';

const EventMap = lazy(() => import('./EventMap').then((m) => ({ default: m.EventMap })));

/** When, by the clocks of the venue and of whoever looks; where, with a map for those who ask for one. */
export const WhenAndWhere = ({ event: e }: { event: Event }) => {
  const { t } = useTranslation('event');
  const format = useFormat();
  const [map, setMap] = useState(false);
  const place = e.location;
  const viewer = format.viewerWhen(e.startsAt, e.timeZone);
  const { latitude, longitude } = place;
  return (
    <dl className={classes.facts}>
      <dt>
        <CalendarIcon />
        <span className="visually-hidden">{t('when')}</span>
      </dt>
      <dd>
        <strong>
          <time dateTime={e.startsAt}>{format.when(e.startsAt, e.timeZone)}</time>
        </strong>
        {e.endsAt && <span> {t('ends', { time: format.time(e.endsAt, e.timeZone) })}</span>}
        {viewer && <span className={classes.quiet}>{t('viewer', { when: viewer })}</span>}
      </dd>
      {e.doorsAt && (
        <>
          <dt>
            <ClockIcon />
          </dt>
          <dd>{t('doors', { time: format.time(e.doorsAt, e.timeZone) })}</dd>
        </>
      )}
      <dt>
        <PinIcon />
        <span className="visually-hidden">{t('where')}</span>
      </dt>
      <dd>
        <strong>
          <bdi>{place.name}</bdi>
        </strong>
        <span className={classes.quiet}>
          <bdi>{[place.address, place.city, format.country(place.country)].join(', ')}</bdi>
        </span>
        {latitude !== undefined && longitude !== undefined && !map && (
          <span className={classes.map}>
            <Button size="sm" variant="light" onClick={() => setMap(true)}>
              {t('map.show')}
            </Button>
            <small>{t('map.hint')}</small>
          </span>
        )}
        {latitude !== undefined && longitude !== undefined && map && (
          <Suspense fallback={<Skeleton height={288} radius="md" />}>
            <EventMap latitude={latitude} longitude={longitude} name={place.name} />
          </Suspense>
        )}
      </dd>
      {e.cancellation && (
        <>
          <dt>
            <CheckIcon />
          </dt>
          <dd>{t('cancelUntil', { when: format.when(e.cancellation.until, e.timeZone) })}</dd>
        </>
      )}
    </dl>
  );
};
