import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event, Hold, Seat } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { Artwork } from '../../ui/Artwork';
import { Dialog } from '../../ui/Dialog';
import classes from './Summary.module.css';

/** Places of one row, or of one standing section, at one price. */
const linesOf = (seats: Seat[]): Seat[][] => {
  const lines = new Map<string, Seat[]>();
  for (const seat of seats) {
    const key = [seat.sectionId, seat.row, seat.ticketTypeId].join();
    lines.set(key, [...(lines.get(key) ?? []), seat]);
  }
  return [...lines.values()];
};

interface Props {
  hold: Hold;
  event: Event | undefined;
  /** Absent: they cannot be given back now. */
  onGiveBack?: () => void;
}

/** What is held, and what it costs. */
export const Summary = ({ hold, event, onGiveBack }: Props) => {
  const { t } = useTranslation('checkout');
  const { t: common } = useTranslation();
  const format = useFormat();
  const typeName = (id: string) => event?.ticketTypes.find((type) => type.id === id)?.name;
  return (
    <section className={classes.summary} aria-labelledby="order">
      <h2 id="order" className="visually-hidden">
        {t('summary.title')}
      </h2>
      <div className={classes.event}>
        <div className={classes.art}>
          <Artwork seed={hold.eventId} src={event?.imageUrl} />
        </div>
        <div className={classes.what}>
          <p className={classes.name}>{event?.name ?? '\u00a0'}</p>
          <p>{event ? format.when(event.startsAt, event.timeZone) : '\u00a0'}</p>
          <p>{event ? `${event.location.name}, ${event.location.city}` : '\u00a0'}</p>
        </div>
      </div>
      <ul className={classes.lines}>
        {linesOf(hold.seats).map((seats) => (
          <Line key={`${seats[0]?.sectionId} ${seats[0]?.row} ${seats[0]?.ticketTypeId}`} seats={seats} typeName={typeName} />
        ))}
      </ul>
      <p className={classes.total}>
        <span>{t('summary.total')}</span>
        <strong>{hold.total.amount === 0 ? common('free') : format.money(hold.total)}</strong>
      </p>
      {event && hold.total.amount > 0 && (
        <p className={classes.refund}>
          {t('summary.refund', { when: format.when(event.cancellation?.until ?? event.startsAt, event.timeZone) })}
        </p>
      )}
      {onGiveBack && <GiveBack onGiveBack={onGiveBack} />}
    </section>
  );
};

const Line = ({ seats, typeName }: { seats: Seat[]; typeName: (id: string) => string | undefined }) => {
  const { t } = useTranslation('checkout');
  const format = useFormat();
  const [first] = seats;
  if (!first) return null;
  const count = seats.length;
  const { section, row, price } = first;
  const type = typeName(first.ticketTypeId);
  const numbers = format.list(seats.map((s) => format.number(s.number)));
  return (
    <li>
      <span>
        {row ? t('summary.seats', { count, section, row, numbers }) : t('summary.standing', { section })}
        <small>
          {type && type !== section && `${type} · `}
          {t('summary.times', { count, price: format.money(price) })}
        </small>
      </span>
      <span>{format.money({ ...price, amount: price.amount * count })}</span>
    </li>
  );
};

const GiveBack = ({ onGiveBack }: { onGiveBack: () => void }) => {
  const { t } = useTranslation('checkout');
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button variant="subtle" color="red" size="sm" className={classes.giveBack} onClick={() => setAsking(true)}>
        {t('summary.giveBack')}
      </Button>
      <Dialog open={asking} title={t('summary.giveBackTitle')} onClose={() => setAsking(false)}>
        <p>{t('summary.giveBackText')}</p>
        <div className={classes.answers}>
          <Button variant="default" onClick={() => setAsking(false)}>
            {t('summary.keep')}
          </Button>
          <Button color="red" onClick={onGiveBack}>
            {t('summary.giveBack')}
          </Button>
        </div>
      </Dialog>
    </>
  );
};
