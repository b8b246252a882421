import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { CheckIcon, ChevronIcon } from '../../ui/icons';
import classes from './DoorLink.module.css';

interface Props {
  event: Event;
  /** It works without a network. */
  kept: boolean;
  last: boolean;
}

export const DoorLink = ({ event, kept, last }: Props) => {
  const { t } = useTranslation('scan');
  const format = useFormat();
  return (
    <Link className={classes.link} to="/scan/$eventId" params={{ eventId: event.id }}>
      <span className={classes.text}>
        <strong className={classes.name} dir="auto">
          {event.name}
        </strong>
        <span>{format.when(event.startsAt, event.timeZone)}</span>
        <span className={classes.quiet} dir="auto">
          {[event.location.name, event.location.city].join(', ')}
        </span>
        <span className={classes.marks}>
          {event.status === 'cancelled' && <span data-kind="bad">{t('choose.cancelled')}</span>}
          {last && <span>{t('choose.last')}</span>}
          {kept && (
            <span data-kind="good">
              <CheckIcon />
              {t('choose.ready')}
            </span>
          )}
          {event.doorsAt && <span>{t('choose.doors', { time: format.time(event.doorsAt, event.timeZone) })}</span>}
        </span>
      </span>
      <ChevronIcon />
    </Link>
  );
};
