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

/** Sums of money, one for each currency, since they do not add up: those first that most events take. */
const sums = (amounts: readonly Money[]): Money[] => {
  const by = new Map<string, { events: number; amount: number }>();
  for (const { currency, amount } of amounts) {
    const sum = by.get(currency) ?? { events: 0, amount: 0 };
    by.set(currency, { events: sum.events + 1, amount: sum.amount + amount });
  }
  return [...by].sort(([, a], [, b]) => b.events - a.events).map(([currency, { amount }]) => ({ currency, amount }));
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
  const [money, ...others] = sums(sales.map((s) => s.revenue))
    .filter((m, i) => m.amount > 0 || i === 0)
    .map(format.money);
  return (
    <section className={classes.weeks} aria-label={t('weeks.title', { count: weeks })}>
      <p>{t('weeks.title', { count: weeks })}</p>
      <dl>
        <Figure name={t('weeks.events')} value={format.number(soon.length)} />
        <Figure name={t('figures.sold')} value={sum('sold')} />
        <Figure name={t('figures.left')} value={sum('left')} />
        <Figure name={t('figures.revenue')} value={(known && money) || '–'} note={known ? others.join(' · ') : ''} />
      </dl>
    </section>
  );
};
