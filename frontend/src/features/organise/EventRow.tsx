import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import classes from './EventRow.module.css';
import { salesQuery } from './queries';
import { StatusBadge } from './StatusBadge';
import { share } from './series';

const unhurried = 15_000; // milliseconds: the dashboard is where seconds count

/** One of the organisation's events: its state, how it sells, and what is done most. */
export const EventRow = ({ event: e }: { event: Event }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const leaf = format.leaf(e.startsAt, e.timeZone);
  const params = { eventId: e.id };
  const alive = e.status === 'draft' || e.status === 'published';
  return (
    <article className={classes.row} data-status={e.status} aria-label={e.name}>
      <div className={classes.leaf} aria-hidden="true">
        <span>{leaf.month}</span>
        <strong>{leaf.day}</strong>
      </div>
      <div className={classes.words}>
        <p className={classes.name}>
          <Link to="/organise/events/$eventId" params={params}>
            {e.name}
          </Link>{' '}
          <StatusBadge status={e.status} />
        </p>
        <p className={classes.quiet}>
          <time dateTime={e.startsAt}>{format.when(e.startsAt, e.timeZone)}</time>
          {' · '}
          {[e.location.name, e.location.hall, e.location.city].filter(Boolean).join(', ')}
        </p>
        {e.status === 'draft' ? <p className={classes.quiet}>{t('row.draft')}</p> : <Sold event={e} />}
      </div>
      <div className={classes.links}>
        {e.status !== 'draft' && (
          <Link to="/organise/events/$eventId/bookings" params={params}>
            {t('bookings.title')}
            <Of event={e} />
          </Link>
        )}
        {alive && (
          <Link to="/organise/events/$eventId/edit" params={params}>
            {t('edit')}
            <Of event={e} />
          </Link>
        )}
        {e.status === 'published' && (
          <Link to="/scan/$eventId" params={params}>
            {t('row.door')}
            <Of event={e} />
          </Link>
        )}
      </div>
    </article>
  );
};

const Sold = ({ event: e }: { event: Event }) => {
  const { t } = useTranslation('organise');
  const { data: sales, isError } = useQuery(salesQuery(e.id, e.status === 'published' ? unhurried : false));
  const format = useFormat();
  if (isError) return <p className={classes.quiet}>{t('row.unknown')}</p>;
  const all = sales ? sales.sold + sales.held + sales.left : 0;
  return (
    <div className={classes.sold}>
      <span className={classes.track} aria-hidden="true">
        <span className={classes.fill} style={{ inlineSize: `${share(sales?.sold ?? 0, all) * 100}%` }} />
      </span>
      <span className={classes.count}>
        {sales ? t('row.sold', { count: all, sold: format.number(sales.sold), money: format.money(sales.revenue) }) : ' '}
      </span>
    </div>
  );
};

/** Which event a link is about: for who hears one link after the other. */
const Of = ({ event }: { event: Event }) => <span className="visually-hidden">: {event.name}</span>;
