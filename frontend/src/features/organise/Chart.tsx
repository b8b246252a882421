import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/format';
import classes from './Chart.module.css';
import { axis, type Point } from './series';
import { useWidth } from './useWidth';

interface Props {
  title: string;
  /** What the drawing shows, in a sentence: for who does not see it. */
  summary: string;
  points: readonly Point[];
  kind: 'line' | 'bars';
  /** Milliseconds that a bar stands for. */
  span?: number;
  /** A time as words; short for the axis, long for the table. */
  label(at: number, long: boolean): string;
  /** Headings of the table: when, how many. */
  columns: [string, string];
  /** A dashed line: all there is. */
  limit?: number;
  children?: ReactNode;
}

const height = 220;
const margin = { top: 12, right: 12, bottom: 26, left: 44 };

/** A count by time as a drawing, with a table of the same for who cannot see it or wants it exact. */
export const Chart = ({ title, summary, points, kind, span = 0, label, columns, limit, children }: Props) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const id = useId();
  const [ref, width] = useWidth<HTMLDivElement>(640);
  const first = points[0]?.at ?? 0;
  const last = (points.at(-1)?.at ?? 0) + span;
  const most = Math.max(0, ...points.map((p) => p.value));
  const { end, step } = axis(limit && limit <= most * 2 ? Math.max(limit, most) : most);
  const x = (at: number): number => margin.left + ((at - first) / (last - first || 1)) * (width - margin.left - margin.right);
  const y = (value: number): number => margin.top + (1 - value / end) * (height - margin.top - margin.bottom);
  const ticks = Math.max(2, Math.min(5, Math.floor(width / 130)));
  const spread = last > first ? Array.from({ length: ticks }, (_, i) => first + ((last - first) * i) / (ticks - 1)) : [first];
  const times = spread.filter((at, i) => i === 0 || label(at, false) !== label(spread[i - 1] ?? at, false)); // a minute once
  const lines = Array.from({ length: Math.round(end / step) + 1 }, (_, i) => i * step);
  return (
    <section className={classes.chart} aria-labelledby={id}>
      <h2 id={id} className={classes.title}>
        {title}
      </h2>
      {children}
      <div ref={ref} className={classes.frame}>
        <svg viewBox={`0 0 ${width} ${height}`} height={height} role="img" aria-label={summary} className={classes.drawing}>
          {lines.map((value) => (
            <g key={value}>
              <line className={classes.grid} x1={margin.left} x2={width - margin.right} y1={y(value)} y2={y(value)} />
              <text className={classes.words} x={margin.left - 8} y={y(value) + 4} textAnchor="end">
                {format.number(value)}
              </text>
            </g>
          ))}
          {times.map((at, i) => (
            <text
              key={at}
              className={classes.words}
              x={x(at)}
              y={height - 8}
              textAnchor={i === 0 ? 'start' : at === last ? 'end' : 'middle'}
            >
              {label(at, false)}
            </text>
          ))}
          {limit !== undefined && limit <= end && (
            <line className={classes.limit} x1={margin.left} x2={width - margin.right} y1={y(limit)} y2={y(limit)} />
          )}
          {kind === 'line' ? <Line points={points} x={x} y={y} /> : <Bars points={points} span={span} x={x} y={y} />}
        </svg>
      </div>
      <details className={classes.more}>
        <summary>{t('chart.table')}</summary>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by keyboard */}
        <section className={classes.scroll} tabIndex={0} aria-label={title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{columns[0]}</th>
                <th scope="col">{columns[1]}</th>
              </tr>
            </thead>
            <tbody>
              {points.map((p) => (
                <tr key={p.at}>
                  <th scope="row">{label(p.at, true)}</th>
                  <td>{format.number(p.value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      </details>
    </section>
  );
};

interface Drawn {
  points: readonly Point[];
  x(at: number): number;
  y(value: number): number;
}

/** Steps: between two sales nothing is sold. */
const Line = ({ points, x, y }: Drawn) => {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last) return null;
  const path = points.map((p) => `H${x(p.at).toFixed(1)}V${y(p.value).toFixed(1)}`).join('');
  const start = `M${x(first.at).toFixed(1)} ${y(0).toFixed(1)}`;
  return (
    <>
      <path className={classes.area} d={`${start}${path}V${y(0).toFixed(1)}Z`} />
      <path className={classes.line} d={`${start}${path}`} />
      <circle className={classes.now} cx={x(last.at)} cy={y(last.value)} r="4.5" />
    </>
  );
};

const Bars = ({ points, span, x, y }: Drawn & { span: number }) => (
  <>
    {points.map((p) => {
      const wide = x(p.at + span) - x(p.at);
      return (
        <rect
          key={p.at}
          className={classes.bar}
          x={x(p.at) + wide * 0.12}
          width={Math.max(1, Math.min(40, wide * 0.76))}
          y={y(p.value)}
          height={y(0) - y(p.value)}
          rx={Math.min(3, wide / 4)}
        />
      );
    })}
  </>
);
