import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import classes from './StatusBadge.module.css';

/** What became of an event, in a word. */
export const StatusBadge = ({ status }: { status: Event['status'] }) => {
  const { t } = useTranslation('organise');
  return (
    <span className={classes.badge} data-status={status}>
      {t(`status.${status}`)}
    </span>
  );
};
