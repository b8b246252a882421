import { Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/format';
import classes from './CountsBar.module.css';
import type { Counts } from './useDoor';

interface Props {
  counts: Counts | undefined;
  mine: number;
  waiting: number;
}

/** How many are in, of how many; and what this device did of that. */
export const CountsBar = ({ counts, mine, waiting }: Props) => {
  const { t } = useTranslation('scan');
  const format = useFormat();
  const share = counts && counts.expected > 0 ? Math.min(1, counts.inside / counts.expected) : 0;
  return (
    <div className={classes.bar}>
      <dl className={classes.counts}>
        <div className={classes.main}>
          <dt>{t('counts.inside')}</dt>
          <dd>
            {counts ? (
              t('counts.of', { inside: format.number(counts.inside), expected: format.number(counts.expected) })
            ) : (
              <Skeleton height={28} width={96} radius="sm" />
            )}
          </dd>
        </div>
        <div>
          <dt>{t('counts.mine')}</dt>
          <dd>{format.number(mine)}</dd>
        </div>
        {waiting > 0 && (
          <div className={classes.waiting}>
            <dt>{t('counts.waiting')}</dt>
            <dd>{format.number(waiting)}</dd>
          </div>
        )}
      </dl>
      <div className={classes.track} aria-hidden="true">
        <div className={classes.fill} style={{ inlineSize: `${share * 100}%` }} />
      </div>
    </div>
  );
};
