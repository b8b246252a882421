import type { SeatPlan } from './seatPlan';
import { isAccessible, isFree, rowOf, type SeatTable } from './seatTable';

/** Which seats may be chosen: free, not chosen yet, and wheelchair places only by who asks for them. */
export interface Wish {
  taken: ReadonlySet<number>;
  accessible: boolean;
}

const available = (table: SeatTable, wish: Wish, i: number): boolean =>
  isFree(table, i) && !wish.taken.has(i) && isAccessible(table, i) === wish.accessible;

const sideways = 0.6; // a seat aside is worth as much as 0.6 of a row back
const leavesSingle = 4; // rows

/** How far a seat is from the best: front, middle. */
const cost = (table: SeatTable, plan: SeatPlan, i: number): number => (table.rowOf[i] ?? 0) + sideways * Math.abs(plan.x[i] ?? 0);

/** The spans of seats side by side that may be chosen, as first and last index. */
const spans = (table: SeatTable, wish: Wish): [number, number][] => {
  const found: [number, number][] = [];
  for (const row of table.rows) {
    let from = -1;
    for (let i = row.start; i <= row.start + row.count; i += 1) {
      const fits = i < row.start + row.count && available(table, wish, i);
      if (fits && from < 0) from = i;
      if (!fits && from >= 0) {
        found.push([from, i - 1]);
        from = -1;
      }
    }
  }
  return found;
};

/** The best n seats side by side near the front's middle, leaving no single seat where that can be; undefined: none. */
export const bestTogether = (table: SeatTable, plan: SeatPlan, n: number, wish: Wish): number[] | undefined => {
  let best: number[] | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [first, last] of spans(table, wish)) {
    for (let from = first; from + n - 1 <= last; from += 1) {
      let sum = 0;
      for (let i = from; i < from + n; i += 1) sum += cost(table, plan, i);
      const single = (from - first === 1 ? 1 : 0) + (last - (from + n - 1) === 1 ? 1 : 0);
      const whole = sum / n + single * leavesSingle;
      if (whole < least) {
        least = whole;
        best = Array.from({ length: n }, (_, k) => from + k);
      }
    }
  }
  return best;
};

/** The best n seats wherever they are; fewer where there are no more. */
export const bestApart = (table: SeatTable, plan: SeatPlan, n: number, wish: Wish): number[] => {
  const all: number[] = [];
  for (let i = 0; i < table.size; i += 1) if (available(table, wish, i)) all.push(i);
  return all.sort((a, b) => cost(table, plan, a) - cost(table, plan, b)).slice(0, n);
};

/** The free seat that is nearest to others, such as those that are left of a choice. */
export const nearestTo = (table: SeatTable, plan: SeatPlan, to: number[], wish: Wish): number | undefined => {
  const middle = (of: Float32Array) => to.reduce((sum, i) => sum + (of[i] ?? 0), 0) / to.length;
  const [x, y] = [middle(plan.x), middle(plan.y)];
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < table.size; i += 1) {
    if (!available(table, wish, i)) continue;
    // A seat in the same row is nearer than the one behind: people talk to their neighbours.
    const far = Math.abs((plan.x[i] ?? 0) - x) + 2 * Math.abs((plan.y[i] ?? 0) - y);
    if (far < least) {
      least = far;
      best = i;
    }
  }
  return best;
};

/** Seats that a choice leaves free alone, between it and what is taken or the row's end. */
export const singlesLeft = (table: SeatTable, chosen: ReadonlySet<number>): number[] => {
  const singles = new Set<number>();
  for (const seat of chosen) {
    const row = rowOf(table, seat);
    const end = row.start + row.count;
    const open = (i: number) => i >= row.start && i < end && isFree(table, i);
    for (const side of [-1, 1]) {
      const i = seat + side;
      if (!open(i) || chosen.has(i)) continue;
      const beyond = i + side;
      if (!open(beyond) || chosen.has(beyond)) singles.add(i);
    }
  }
  return [...singles].sort((a, b) => a - b);
};
