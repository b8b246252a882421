import type { SeatPlan } from './seatPlan';
import { rowOf, type SeatTable } from './seatTable';

/** Where the focus is, and above which place it goes from row to row, so that a short row does not lead it astray. */
export interface Cursor {
  seat: number;
  goal: number;
}

const page = 10; // rows

export const cursorAt = (plan: SeatPlan, seat: number): Cursor => ({ seat, goal: plan.x[seat] ?? 0 });

const inRow = (table: SeatTable, plan: SeatPlan, r: number, goal: number): number => {
  const row = table.rows[r];
  if (!row) return -1;
  let best = -1;
  for (let i = row.start; i < row.start + row.count; i += 1) {
    if (best < 0 || Math.abs((plan.x[i] ?? 0) - goal) < Math.abs((plan.x[best] ?? 0) - goal)) best = i;
  }
  return best;
};

/**
 * The seat that a key leads to, by the keys of the ARIA grid pattern; undefined for keys that lead nowhere. The map is the
 * same in every language, so that arrows go where they point.
 */
export const move = (table: SeatTable, plan: SeatPlan, from: Cursor, key: string, ctrl: boolean): Cursor | undefined => {
  const row = rowOf(table, from.seat);
  const last = row.start + row.count - 1;
  const r = table.rowOf[from.seat] ?? 0;
  const toRow = (target: number): Cursor => {
    const seat = inRow(table, plan, Math.min(table.rows.length - 1, Math.max(0, target)), from.goal);
    return seat < 0 ? from : { seat, goal: from.goal };
  };
  switch (key) {
    case 'ArrowRight':
      return cursorAt(plan, Math.min(last, from.seat + 1));
    case 'ArrowLeft':
      return cursorAt(plan, Math.max(row.start, from.seat - 1));
    case 'ArrowDown':
      return toRow(r + 1);
    case 'ArrowUp':
      return toRow(r - 1);
    case 'PageDown':
      return toRow(r + page);
    case 'PageUp':
      return toRow(r - page);
    case 'Home':
      return cursorAt(plan, ctrl ? 0 : row.start);
    case 'End':
      return cursorAt(plan, ctrl ? table.size - 1 : last);
    default:
      return undefined;
  }
};

/** The part of a grid that is in the document: so many cells around the focus. */
export interface GridWindow {
  firstRow: number;
  lastRow: number;
  /** Positions in a row, from 0. */
  firstColumn: number;
  lastColumn: number;
}

const rowsAround = 4;
const columnsAround = 8;

/** Keeps a window while the focus is well inside, so that most moves change two cells only. */
export const windowAround = (table: SeatTable, seat: number, before?: GridWindow): GridWindow => {
  const row = table.rowOf[seat] ?? 0;
  const column = seat - rowOf(table, seat).start;
  const inside = (at: number, first: number, last: number, end: number) =>
    at >= first && at <= last && (at > first || at === 0) && (at < last || at === end);
  if (
    before &&
    inside(row, before.firstRow, before.lastRow, table.rows.length - 1) &&
    inside(column, before.firstColumn, before.lastColumn, table.widest - 1)
  ) {
    return before;
  }
  return {
    firstRow: Math.max(0, row - rowsAround),
    lastRow: Math.min(table.rows.length - 1, row + rowsAround),
    firstColumn: Math.max(0, column - columnsAround),
    lastColumn: Math.min(table.widest - 1, column + columnsAround),
  };
};
