import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Booking, Event, SalesFigures } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { useFormat } from '../../lib/format';
import { Chart } from './Chart';
import classes from './SalesCharts.module.css';
import { entries, share, soldOverTime, thinned, upTo } from './series';

interface Props {
  event: Event;
  sales: SalesFigures;
  bookings: readonly Booking[];
}

const day = 24 * 3_600_000;
const pointsDrawn = 240;

/** A time on the venue's clock: the day, or the hour where all is within some days. */
const useLabel = (timeZone: string, span: number) => {
  const { locale, when } = useFormat();
  return useMemo(() => {
    const options: Intl.DateTimeFormatOptions =
      span > 3 * day
        ? { day: 'numeric', month: 'short' }
        : span > day
          ? { weekday: 'short', hour: 'numeric', minute: '2-digit' }
          : { hour: 'numeric', minute: '2-digit' };
    const short = new Intl.DateTimeFormat(locale, { ...options, timeZone });
    return (at: number, long: boolean): string => (long ? when(new Date(at).toISOString(), timeZone) : short.format(at));
  }, [locale, when, timeZone, span]);
};

/** How many tickets were sold by when; its end moves with the live figures. */
export const SalesChart = ({ event, sales, bookings, complete }: Props & { complete: boolean }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const over = Date.parse(event.endsAt ?? event.startsAt);
  const points = useMemo(() => soldOverTime(bookings), [bookings]);
  const at = Math.max(Math.min(now(), over), points.at(-1)?.at ?? 0);
  const drawn = thinned(complete ? upTo(points, at, sales.sold) : points, pointsDrawn);
  const label = useLabel(event.timeZone, (drawn.at(-1)?.at ?? 0) - (drawn[0]?.at ?? 0));
  const title = t('chart.sales');
  if (points.length === 0)
    return (
      <section className={classes.empty}>
        <h2>{title}</h2>
        <p>{complete ? t('chart.nothing') : t('loading', { ns: 'common' })}</p>
      </section>
    );
  const all = sales.sold + sales.held + sales.left;
  return (
    <Chart
      title={title}
      summary={t('chart.salesSummary', {
        sold: format.number(sales.sold),
        from: label(points[0]?.at ?? at, true),
        to: label(at, true),
      })}
      points={drawn}
      kind="line"
      label={label}
      columns={[t('chart.when'), t('figures.sold')]}
      limit={all}
    >
      {!complete && <p className={classes.note}>{t('chart.partial', { count: bookings.length })}</p>}
    </Chart>
  );
};

const span = 5 * 60_000;

/** How many came in, each five minutes. */
export const EntryChart = ({ event, sales, bookings }: Props) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const points = useMemo(() => entries(bookings, span), [bookings]);
  const label = useLabel(event.timeZone, 0);
  if (points.length === 0) return null;
  const most = points.reduce((a, b) => (b.value > a.value ? b : a));
  return (
    <Chart
      title={t('chart.entry')}
      summary={t('chart.entrySummary', {
        count: sales.checkedIn,
        percent: format.percent(share(sales.checkedIn, sales.sold)),
        most: format.number(most.value),
        at: label(most.at, false),
      })}
      points={points}
      kind="bars"
      span={span}
      label={label}
      columns={[t('chart.when'), t('figures.checkedIn')]}
    />
  );
};
