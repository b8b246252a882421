import type { SeatTable } from './seatTable';

/** Where the seats of a section are, in units of one seat's place; the stage is above. Never mirrored: left is left. */
export interface SeatPlan {
  x: Float32Array;
  y: Float32Array;
  /** All that is drawn: seats, the rows' labels beside them, and the stage above. */
  left: number;
  top: number;
  width: number;
  height: number;
  /** How deep a row bends towards the stage at a distance from the middle. */
  bend: number;
}

const rowPitch = 1.15;
const above = 2.4; // for the stage
const below = 0.8;
const mostBend = 4;

const bent = (bend: number, x: number) => -bend * x * x;

/** Rows are centred, and bend a little towards the stage as they do in most halls. */
export const planOf = (table: SeatTable): SeatPlan => {
  const x = new Float32Array(table.size);
  const y = new Float32Array(table.size);
  const half = table.widest / 2;
  const bend = table.rows.length < 2 ? 0 : Math.min(mostBend, half * 0.14) / Math.max(half * half, 1);
  table.rows.forEach((row, r) => {
    for (let s = 0; s < row.count; s += 1) {
      const at = s - (row.count - 1) / 2;
      x[row.start + s] = at;
      y[row.start + s] = r * rowPitch + bent(bend, at);
    }
  });
  // Of wide sections a phone shows seats so small that letters, which stay legible, need the place of several.
  const beside = 1 + Math.min(6, Math.max(...table.rows.map((r) => r.label.length), 1) * 0.55) + table.widest / 40;
  const top = bent(bend, half) - above;
  return {
    x,
    y,
    left: -half - beside,
    top,
    width: table.widest + 2 * beside,
    height: (table.rows.length - 1) * rowPitch + below - top,
    bend,
  };
};

/** Where a row's label is, at an end: -1 is the left one. */
export const labelAt = (plan: SeatPlan, table: SeatTable, row: number, end: -1 | 1): { x: number; y: number } => {
  const x = end * ((table.rows[row]?.count ?? 0) / 2 + 0.75);
  return { x, y: row * rowPitch + bent(plan.bend, x) };
};

const reach = 0.5;

/** The seat at a point of the plan; -1 where there is none. */
export const hit = (plan: SeatPlan, table: SeatTable, x: number, y: number): number => {
  const r = Math.round((y - bent(plan.bend, x)) / rowPitch);
  const row = table.rows[r];
  if (!row) return -1;
  const s = Math.round(x + (row.count - 1) / 2);
  if (s < 0 || s >= row.count) return -1;
  const i = row.start + s;
  const close = Math.abs((plan.x[i] ?? 0) - x) <= reach && Math.abs((plan.y[i] ?? 0) - y) <= reach + 0.08;
  return close ? i : -1;
};

/** The rows that can be within a span of the plan's y. */
export const rowsWithin = (plan: SeatPlan, table: SeatTable, from: number, to: number): [number, number] => {
  const deepest = -bent(plan.bend, table.widest / 2);
  return [
    Math.max(0, Math.floor((from - 1) / rowPitch)),
    Math.min(table.rows.length - 1, Math.ceil((to + deepest + 1) / rowPitch)),
  ];
};
