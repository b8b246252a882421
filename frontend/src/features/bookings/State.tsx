import { Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Booking } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { AlertIcon, CheckIcon, CloseIcon } from '../../ui/icons';
import type { Standing } from './booking';
import classes from './State.module.css';

const icons = { upcoming: CheckIcon, past: CheckIcon, failed: AlertIcon, cancelled: CloseIcon };

/** How a booking stands, in a word or two, and what went back. */
export const State = ({ booking, standing }: { booking: Booking; standing: Standing }) => {
  const { t } = useTranslation('bookings');
  const format = useFormat();
  const Icon = standing === 'settling' ? undefined : icons[standing];
  return (
    <p className={classes.state}>
      <span className={classes.chip} data-standing={standing}>
        {Icon ? <Icon /> : <Loader size="1rem" aria-hidden="true" />}
        {t(`state.${standing}`)}
      </span>
      {standing === 'failed' && <span>{t([`failure.${booking.failure}`], { defaultValue: t('failure.other') })}</span>}
      {booking.refunded && booking.refunded.amount > 0 && (
        <span>{t('refunded', { amount: format.money(booking.refunded) })}</span>
      )}
    </p>
  );
};
