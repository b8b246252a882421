import { Skeleton } from '@mantine/core';
import { Link, useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import classes from './DoorPage.module.css';
import { DoorScreen } from './DoorScreen';
import { useDoor } from './useDoor';

/** The door of one event. */
export const DoorPage = () => {
  const { t } = useTranslation('scan');
  const { eventId } = useParams({ from: '/scan/$eventId' });
  const door = useDoor(eventId);
  if (door.event && !door.problem) return <DoorScreen key={eventId} door={door} event={door.event} />;
  return (
    <Page title={t('title')} width="narrow" above={<Link to="/scan">{t('screen.other')}</Link>}>
      {door.problem ? (
        <ProblemNotice problem={door.problem} onRetry={door.retry} />
      ) : (
        <div className={classes.waiting} role="status">
          <span>{t('screen.loading')}</span>
          <Skeleton height={260} radius="md" />
        </div>
      )}
    </Page>
  );
};
