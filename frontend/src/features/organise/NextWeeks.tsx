import { useQueries } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { Event, Money } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { useFormat } from '../../lib/format';
import { Figure } from './Figures';
import classes from './NextWeeks.module.css';
import { salesQuery } from './queries';

const weeks = 4;
const ahead = weeks * 7 * 24 * 3_600_000;

/** Sums of money, one for each currency: they do not add up. */
const sums = (amounts: readonly Money[]): Money[] => {
  const by = new Map<string, number>();
  for (const m of amounts) by.set(m.currency, (by.get(m.currency) ?? 0) + m.amount);
  return [...by].map(([currency, amount]) => ({ currency, amount }));
};

/** What the published events of the next weeks sold together. */
export const NextWeeks = ({ events }: { events: readonly Event[] }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const soon = events.filter((e) => e.status === 'published' && Date.parse(e.startsAt) < now() + ahead);
  const asked = useQueries({ queries: soon.map((e) => salesQuery(e.id, false)) });
  const sales = asked.map((a) => a.data).filter((s) => !!s);
  if (soon.length === 0) return null;
  const known = sales.length === soon.length;
  const sum = (of: 'sold' | 'left') => (known ? format.number(sales.reduce((n, s) => n + s[of], 0)) : '–');
  const money = sums(sales.map((s) => s.revenue)).map(format.money);
  return (
    <section className={classes.weeks} aria-label={t('weeks.title', { count: weeks })}>
      <p>{t('weeks.title', { count: weeks })}</p>
      <dl>
        <Figure name={t('weeks.events')} value={format.number(soon.length)} />
        <Figure name={t('figures.sold')} value={sum('sold')} />
        <Figure name={t('figures.left')} value={sum('left')} />
        <Figure name={t('figures.revenue')} value={known ? money.join(' + ') : '–'} />
      </dl>
    </section>
  );
};
