import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/format';
import classes from './Gauge.module.css';
import { share } from './series';

interface Props {
  sold: number;
  held: number;
  left: number;
}

const radius = 52;
const half = Math.PI * radius;
const arc = `M8 64 A${radius} ${radius} 0 0 1 ${8 + 2 * radius} 64`;

/** How full the house is. */
export const Gauge = ({ sold, held, left }: Props) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const all = sold + held + left;
  const full = share(sold, all);
  const taken = share(sold + held, all);
  return (
    <div className={classes.gauge}>
      <svg
        viewBox="0 0 120 72"
        role="img"
        aria-label={t('gauge', { percent: format.percent(full), sold: format.number(sold), all: format.number(all) })}
      >
        <path className={classes.all} d={arc} />
        <path className={classes.held} d={arc} strokeDasharray={`${taken * half} 999`} data-none={taken === 0 || undefined} />
        <path className={classes.sold} d={arc} strokeDasharray={`${full * half} 999`} data-none={full === 0 || undefined} />
        <text x="60" y="60" textAnchor="middle" className={classes.percent}>
          {format.percent(full)}
        </text>
      </svg>
    </div>
  );
};
