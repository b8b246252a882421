import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { useCategoryName } from '../../lib/useCategoryName';
import { Artwork } from '../../ui/Artwork';
import { CalendarIcon, PinIcon } from '../../ui/icons';
import classes from './EventCard.module.css';

/** An event at a glance; all of it is the link. */
export const EventCard = ({ event: e, eager }: { event: Event; eager: boolean }) => {
  const { t } = useTranslation('discover');
  const format = useFormat();
  const category = useCategoryName();
  const state = e.availability === 'available' ? undefined : e.availability;
  return (
    <article className={classes.card} data-over={e.availability === 'ended' || e.availability === 'cancelled'}>
      <div className={classes.art}>
        <Artwork seed={e.id} src={e.imageUrl} eager={eager} />
        <span className={classes.category}>{category(e.category)}</span>
      </div>
      <div className={classes.body}>
        <h3 className={classes.name}>
          <Link to="/events/$eventId" params={{ eventId: e.id }}>
            {e.name}
          </Link>
        </h3>
        <p className={classes.line}>
          <CalendarIcon />
          <time dateTime={e.startsAt}>{format.when(e.startsAt, e.timeZone)}</time>
        </p>
        <p className={classes.line}>
          <PinIcon />
          <span>
            {e.location.name}, {e.location.city}
          </span>
        </p>
        <p className={classes.foot}>
          {e.priceFrom && (
            <strong>
              {e.priceFrom.amount === 0 ? t('free', { ns: 'common' }) : t('card.from', { price: format.money(e.priceFrom) })}
            </strong>
          )}
          {state && (
            <span className={classes.state} data-state={state}>
              {t(`availability.${state}`)}
            </span>
          )}
        </p>
      </div>
    </article>
  );
};
