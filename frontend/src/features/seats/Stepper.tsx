import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/format';
import { MinusIcon, PlusIcon } from '../../ui/icons';
import classes from './Stepper.module.css';

interface Props {
  label: string;
  value: number;
  least?: number;
  most: number;
  onChange: (value: number) => void;
  hideLabel?: boolean;
}

/** Chooses a small number by two buttons; what it is now is said whenever it changes. */
export const Stepper = ({ label, value, least = 0, most, onChange, hideLabel = false }: Props) => {
  const { t } = useTranslation('seats');
  const format = useFormat();
  const id = useId();
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset's legend cannot stand beside
    <div className={classes.stepper} role="group" aria-labelledby={id}>
      <span id={id} className={hideLabel ? 'visually-hidden' : classes.label}>
        {label}
      </span>
      <button
        type="button"
        aria-label={t('stepper.fewer', { label })}
        aria-disabled={value <= least}
        onClick={() => value > least && onChange(value - 1)}
      >
        <MinusIcon />
      </button>
      <output className={classes.value}>{format.number(value)}</output>
      <button
        type="button"
        aria-label={t('stepper.more', { label })}
        aria-disabled={value >= most}
        onClick={() => value < most && onChange(value + 1)}
      >
        <PlusIcon />
      </button>
    </div>
  );
};
