import type { Booking, TypeFigures } from '../../api/gen/types.gen';

/** A value at a time, in milliseconds since 1970. */
export interface Point {
  at: number;
  value: number;
}

/** Tickets of a booking that count as sold now. */
export const soldIn = (b: Booking): number =>
  b.status === 'confirmed' ? b.tickets.filter((t) => t.status !== 'cancelled').length : 0;

/**
 * How many tickets were sold, in all, as time went by: of what is sold now, by when it was booked. What was cancelled is not
 * in it, so that the line ends at what is sold.
 */
export const soldOverTime = (bookings: readonly Booking[]): Point[] => {
  const sales = bookings
    .map((b) => ({ at: Date.parse(b.createdAt), value: soldIn(b) }))
    .filter((s) => s.value > 0)
    .sort((a, b) => a.at - b.at);
  let sum = 0;
  const points: Point[] = [];
  for (const { at, value } of sales) {
    sum += value;
    const last = points.at(-1);
    if (last?.at === at) last.value = sum;
    else points.push({ at, value: sum });
  }
  return points;
};

/** The line with what is known of now at its end: a step where the count is another, a longer line where it is the same. */
export const upTo = (points: readonly Point[], at: number, value: number | undefined): Point[] => {
  const last = points.at(-1);
  if (value === undefined || (last && last.at >= at)) return [...points];
  return [...points, { at, value }];
};

/** At most so many points (3 or more) that draw the same shape: the first, and the last of each of as many equal spans of time. */
export const thinned = (points: readonly Point[], most: number): Point[] => {
  const [first] = points;
  const last = points.at(-1);
  if (!first || !last || points.length <= most) return [...points];
  const span = (last.at - first.at) / (most - 2) || 1;
  const kept = new Map<number, Point>();
  for (const p of points) kept.set(Math.floor((p.at - first.at) / span), p);
  return [first, ...[...kept.values()].filter((p) => p !== first)];
};

/** How many came in, per so many milliseconds; every span from the first to the last has a bar. */
export const entries = (bookings: readonly Booking[], span: number): Point[] => {
  const counts = new Map<number, number>();
  for (const b of bookings) {
    for (const t of b.tickets) {
      const at = Date.parse(t.checkedInAt ?? '');
      if (t.status !== 'checkedIn' || !Number.isFinite(at)) continue;
      const bin = Math.floor(at / span) * span;
      counts.set(bin, (counts.get(bin) ?? 0) + 1);
    }
  }
  if (counts.size === 0) return [];
  const bins = [...counts.keys()];
  const points: Point[] = [];
  for (let at = Math.min(...bins); at <= Math.max(...bins) && points.length < 500; at += span)
    points.push({ at, value: counts.get(at) ?? 0 });
  return points;
};

/** The end of an axis that begins at 0: a round number not below the value, and how far its lines are apart. */
export const axis = (value: number): { end: number; step: number } => {
  if (value <= 4) return { end: 4, step: 1 };
  const rough = value / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((f) => f * power).find((s) => s >= rough && Number.isInteger(s)) ?? Math.ceil(rough);
  return { end: Math.ceil(value / step) * step, step };
};

/** A part of a whole, from 0 to 1; 0 of nothing is 0. */
export const share = (part: number, whole: number): number => (whole > 0 ? Math.min(1, part / whole) : 0);

/** Ticket types with their part of what was sold, the best sold first. */
export const byType = (types: readonly TypeFigures[]): TypeFigures[] => [...types].sort((a, b) => b.sold - a.sold);
