import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { Notice } from '../../ui/Notice';

/** What somebody must know before anything else: it is cancelled, over, moved, sold out. */
export const EventState = ({ event: e }: { event: Event }) => {
  const { t } = useTranslation('event');
  if (e.status === 'draft') return <Notice kind="info" title={t('state.draft')} />;
  if (e.availability === 'cancelled')
    return (
      <Notice kind="bad" title={t('state.cancelled')}>
        {e.cancelReason && <p>{e.cancelReason}</p>}
      </Notice>
    );
  if (e.availability === 'ended') return <Notice kind="info" title={t('state.ended')} />;
  return (
    <>
      {e.rescheduledAt && <Notice kind="warn" title={t('state.rescheduled')} />}
      {e.availability === 'soldOut' && <Notice kind="warn" title={t('state.soldOut')} />}
      {e.availability === 'few' && <Notice kind="warn" title={t('state.few')} />}
    </>
  );
};
