import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Booking, Event, SalesFigures } from '../../api/gen/types.gen';
import { LinkButton } from '../../ui/LinkButton';
import { CancelDialog } from './CancelDialog';
import classes from './EventActions.module.css';
import { PublishDialog } from './PublishDialog';
import { RescheduleDialog } from './RescheduleDialog';

interface Props {
  event: Event;
  sales: SalesFigures | undefined;
  bookings: readonly Booking[];
  /** Whether those are all. */
  complete: boolean;
}

/** What an organiser can do with an event in its state. */
export const EventActions = ({ event, sales, bookings, complete }: Props) => {
  const { t } = useTranslation('organise');
  const [open, setOpen] = useState<'publish' | 'reschedule' | 'cancel'>();
  const close = () => setOpen(undefined);
  const params = { eventId: event.id };
  const { status } = event;
  const alive = status === 'draft' || status === 'published';
  const effect = { sales, bookings: bookings.filter((b) => b.status === 'confirmed').length, complete };
  return (
    <>
      <div className={classes.actions}>
        {status === 'draft' && <Button onClick={() => setOpen('publish')}>{t('publish.open')}</Button>}
        {status !== 'draft' && (
          <LinkButton to="/organise/events/$eventId/bookings" params={params}>
            {t('bookings.title')}
          </LinkButton>
        )}
        {status === 'published' && (
          <LinkButton to="/scan/$eventId" params={params} variant="default">
            {t('door')}
          </LinkButton>
        )}
        {alive && (
          <LinkButton to="/organise/events/$eventId/edit" params={params} variant="default">
            {t('edit')}
          </LinkButton>
        )}
        <LinkButton to="/events/$eventId" params={params} variant="default">
          {t(status === 'draft' ? 'draft.view' : 'view')}
        </LinkButton>
        {status === 'published' && (
          <Button variant="default" onClick={() => setOpen('reschedule')}>
            {t('reschedule.title')}
          </Button>
        )}
        {alive && (
          <Button variant="subtle" color="red" onClick={() => setOpen('cancel')}>
            {t(status === 'draft' ? 'draft.discard' : 'cancelEvent.open')}
          </Button>
        )}
      </div>
      {open === 'publish' && <PublishDialog event={event} onClose={close} />}
      {open === 'reschedule' && <RescheduleDialog event={event} effect={effect} onClose={close} />}
      {open === 'cancel' && <CancelDialog event={event} effect={effect} onClose={close} />}
    </>
  );
};
