import { Button, Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useOnline } from '../../lib/online';
import type { Purchase } from '../../lib/purchase';
import { LinkButton } from '../../ui/LinkButton';
import classes from './Checkout.module.css';
import type { Checkout } from './flow';
import type { Step } from './machine';

interface Props {
  step: Extract<Step, { name: 'taking' }>;
  purchase: Purchase;
  checkout: Checkout;
}

/** Places are being asked for, perhaps for the second time: says why it takes long. */
export const Taking = ({ step, purchase, checkout }: Props) => {
  const { t } = useTranslation('checkout');
  const online = useOnline();
  const { problem } = step;
  const waiting = problem?.code === 'allHeld';
  const why = () => {
    if (waiting) return t('allHeld.text');
    if (!online || problem?.status === 0) return t('taking.offline');
    if (problem?.code === 'opening') return t('taking.opening');
    if (problem?.code === 'blockBusy' || problem?.status === 429) return t('taking.busy');
    return t('taking.server');
  };
  return (
    <div className={classes.going}>
      <Loader />
      <div role="status">
        <h2>{t(waiting ? 'allHeld.title' : 'taking.title')}</h2>
        {problem && <p>{why()}</p>}
      </div>
      {problem && (
        <div className={classes.ways}>
          {!waiting && (
            <Button variant="default" onClick={checkout.hurry}>
              {t('taking.now')}
            </Button>
          )}
          <LinkButton to="/events/$eventId/seats" params={{ eventId: purchase.eventId }} variant="default">
            {t('refused.seats')}
          </LinkButton>
        </div>
      )}
    </div>
  );
};
