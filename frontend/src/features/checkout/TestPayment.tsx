import { useTranslation } from 'react-i18next';
import { Notice } from '../../ui/Notice';
import type { PaymentProps } from './payments';
import classes from './TestPayment.module.css';

const tokens = ['ok', 'declined', 'slow', 'lost', 'refuseCapture'] as const;

/** The provider that moves no money: one choice per outcome. */
export const TestPayment = ({ token, onChange, error }: PaymentProps) => {
  const { t } = useTranslation('checkout');
  return (
    <div className={classes.test}>
      <Notice kind="info" title={t('payment.test')} />
      <div className={classes.choices}>
        {tokens.map((choice) => (
          <label key={choice} className={classes.choice}>
            <input
              type="radio"
              name="payment"
              value={choice}
              checked={token === choice}
              onChange={() => onChange(choice)}
              aria-describedby={`pay-${choice}`}
            />
            <span>
              <span className={classes.name}>{t(`payment.${choice}`)}</span>
              <small id={`pay-${choice}`}>{t(`payment.${choice}Text`)}</small>
            </span>
          </label>
        ))}
      </div>
      {error && (
        <p className={classes.error} role="alert">
          {error}
        </p>
      )}
    </div>
  );
};
