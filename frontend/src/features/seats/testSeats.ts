import type { SeatMap, SeatState } from '../../api/gen/types.gen';
import { type SeatTable, tableOf } from './seatTable';

const states: Record<string, Omit<SeatState, 'number'>> = {
  '.': { state: 'free' },
  h: { state: 'held' },
  x: { state: 'sold' },
  '-': { state: 'withheld' },
  w: { state: 'free', accessible: true },
};

/** For tests: seats as drawn, a row per word, labelled A, B, C…: "." free, "h" held, "x" sold, "-" withheld, "w" wheelchair. */
export const mapFrom = (drawing: string): SeatMap => ({
  rows: drawing
    .trim()
    .split(/\s+/)
    .map((row, r) => ({
      label: String.fromCodePoint(65 + r),
      seats: [...row].map((c, s) => ({ number: s + 1, ...(states[c] ?? { state: 'free' }) })),
    })),
});

export const tableFrom = (drawing: string): SeatTable => tableOf(mapFrom(drawing));

/** A section of so many rows and seats, all free. */
export const bigTable = (rows: number, seats: number): SeatTable =>
  tableOf({
    rows: Array.from({ length: rows }, (_, r) => ({
      label: String(r + 1),
      seats: Array.from({ length: seats }, (_, s) => ({ number: s + 1, state: 'free' as const })),
    })),
  });

/** "A3" for a seat. */
export const nameOf = (table: SeatTable, i: number): string => `${table.rows[table.rowOf[i] ?? 0]?.label}${table.number[i]}`;

export const at = (table: SeatTable, name: string): number => {
  for (let i = 0; i < table.size; i += 1) if (nameOf(table, i) === name) return i;
  throw new Error(`no seat ${name}`);
};
