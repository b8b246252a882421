import { Button, Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useOnline } from '../../lib/online';
import classes from './Checkout.module.css';
import type { Step } from './machine';

/** The booking is under way: says that nothing is done twice, however long the answer takes. */
export const Paying = ({ step, onHurry }: { step: Extract<Step, { name: 'paying' }>; onHurry: () => void }) => {
  const { t } = useTranslation('checkout');
  const online = useOnline();
  const { problem, settling } = step;
  const words = (): [string, string] => {
    if (problem?.status === 401) return [t('paying.session'), t('paying.sessionText')];
    if (problem && !online) return [t('paying.checking'), t('paying.offline')];
    if (problem) return [t('paying.checking'), t('paying.checkingText')];
    if (settling) return [t('paying.settling'), t('paying.settlingText')];
    return [t('paying.title'), t('paying.text')];
  };
  const [title, text] = words();
  return (
    <div className={classes.going}>
      <Loader />
      <div role="status">
        <h2>{title}</h2>
        <p>{text}</p>
      </div>
      {problem?.passing && (
        <Button variant="default" onClick={onHurry}>
          {t('paying.now')}
        </Button>
      )}
    </div>
  );
};
