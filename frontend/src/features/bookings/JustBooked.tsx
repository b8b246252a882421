import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Booking } from '../../api/gen/types.gen';
import classes from './JustBooked.module.css';

/** Says that it worked, and what to do next. It takes the focus, so that everybody hears of it. */
export const JustBooked = ({ booking, settling }: { booking: Booking; settling: boolean }) => {
  const { t } = useTranslation('bookings');
  const ref = useRef<HTMLElement>(null);
  useEffect(() => ref.current?.focus(), []);
  const unnamed = booking.tickets.filter((ticket) => !ticket.attendee.name).length;
  const count = booking.tickets.length;
  return (
    <section ref={ref} className={classes.joy} tabIndex={-1} aria-labelledby="just-booked" aria-describedby="just-booked-text">
      <svg className={classes.picture} viewBox="0 0 120 120" aria-hidden="true">
        {[0, 1, 2, 3, 4, 5, 6, 7].map((i) => (
          <path key={i} className={classes.ray} d="M60 18V6" transform={`rotate(${i * 45} 60 60)`} />
        ))}
        <g transform="rotate(-10 60 60)">
          <path
            className={classes.ticket}
            d="M28 44h64a4 4 0 0 1 4 4v6.500a6 6 0 0 0 0 11V72a4 4 0 0 1-4 4H28a4 4 0 0 1-4-4v-6.500a6 6 0 0 0 0-11V48a4 4 0 0 1 4-4z"
          />
          <path className={classes.check} d="M47 60.500l8.500 8.500L73 51.500" />
        </g>
      </svg>
      <div>
        <h2 id="just-booked">{t(settling ? 'just.settling' : 'just.title')}</h2>
        <p id="just-booked-text" role={settling ? 'status' : undefined}>
          {settling ? t('just.settlingText') : t('just.text', { count, name: booking.event.name })}
        </p>
        {!settling && (
          <ol className={classes.next} aria-label={t('just.next')}>
            {unnamed > 0 && <li>{t('just.name', { count: unnamed })}</li>}
            {count > 1 && <li>{t('just.share')}</li>}
            <li>{t('just.offline')}</li>
          </ol>
        )}
      </div>
    </section>
  );
};
