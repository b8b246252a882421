import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useOnline } from '../../lib/online';
import { Problem } from '../../lib/problem';
import { ProblemNotice } from '../../ui/ProblemNotice';
import classes from './SectionSeats.module.css';

const offline = new Problem(0);

/** What stands where seats will be; without a network it says so, and what is missing comes by itself once there is one. */
export const Waiting = () => {
  const { t } = useTranslation();
  const online = useOnline();
  if (!online) return <ProblemNotice problem={offline} />;
  return (
    <div role="status">
      <span className="visually-hidden">{t('loading')}</span>
      <Skeleton height="2.75rem" mb="md" />
      <Skeleton className={classes.skeleton} />
    </div>
  );
};
