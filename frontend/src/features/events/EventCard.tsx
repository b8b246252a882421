import { formatCountry, formatMoney, formatViewerWhen, formatWhen, viewerZone } from '../../lib/format';
import { Artwork } from '../../ui/Artwork';
import type { Availability, Event } from './types';

const badges: Partial<Record<Availability, string>> = {
  few: 'Few left',
  soldOut: 'Sold out',
  notOnSale: 'Not on sale yet',
  ended: 'Ended',
  cancelled: 'Cancelled',
};

export const EventCard = ({ event }: { event: Event }) => {
  const { name, category, imageUrl, startsAt, timeZone, location, availability, priceFrom } = event;
  const badge = badges[availability];
  const yours = formatViewerWhen(startsAt, timeZone, viewerZone());
  return (
    <article className="card">
      <div className="card-art">
        <Artwork seed={name} src={imageUrl} />
        {badge && <span className={`badge badge-${availability}`}>{badge}</span>}
      </div>
      <div className="card-text">
        <p className="card-category">{category}</p>
        <h3>{name}</h3>
        <p>
          <time dateTime={startsAt}>{formatWhen(startsAt, timeZone)}</time>
          {yours && <span className="card-yours">{yours} your time</span>}
        </p>
        <p>
          {location.name}, {location.city}, {formatCountry(location.country)}
        </p>
        {priceFrom && <p className="card-price">{priceFrom.amount === 0 ? 'Free' : `from ${formatMoney(priceFrom)}`}</p>}
      </div>
    </article>
  );
};
