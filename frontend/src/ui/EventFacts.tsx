import { useTranslation } from 'react-i18next';
import type { BookedEvent } from '../api/gen/types.gen';
import { useFormat } from '../lib/format';
import classes from './EventFacts.module.css';
import { CalendarIcon, ClockIcon, PinIcon } from './icons';

/** When and where an event is: by the venue's clock, which is what counts, and by the viewer's where that differs. */
export const EventFacts = ({ event }: { event: BookedEvent }) => {
  const { t } = useTranslation('ticket');
  const format = useFormat();
  const { location: place, timeZone } = event;
  const viewer = format.viewerWhen(event.startsAt, timeZone);
  return (
    <ul className={classes.facts}>
      <li>
        <CalendarIcon />
        <div>
          <span className="visually-hidden">{t('event.when')} </span>
          <time className={classes.strong} dateTime={event.startsAt}>
            {format.when(event.startsAt, timeZone)}
          </time>
          {viewer && <span className={classes.quiet}>{t('event.viewer', { when: viewer })}</span>}
        </div>
      </li>
      {event.doorsAt && (
        <li>
          <ClockIcon />
          <div>{t('event.doors', { time: format.time(event.doorsAt, timeZone) })}</div>
        </li>
      )}
      <li>
        <PinIcon />
        <div>
          <span className="visually-hidden">{t('event.where')} </span>
          <span className={classes.strong}>
            <bdi>{place.name}</bdi>
            {place.hall && (
              <>
                {' · '}
                <bdi>{place.hall}</bdi>
              </>
            )}
          </span>
          <span className={classes.quiet}>
            {t('event.address', { address: place.address, city: place.city, country: format.country(place.country) })}
          </span>
        </div>
      </li>
    </ul>
  );
};
