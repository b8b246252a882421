import type { SeatMap } from '../../api/gen/types.gen';

/** What may be done with a seat, as small as ten thousand of them want it. */
export const free = 0;
export const held = 1;
export const sold = 2;
export const withheld = 3;

const codes = { free, held, sold, withheld } as const;

export interface TableRow {
  label: string;
  /** The index of its first seat. */
  start: number;
  count: number;
}

/** All seats of a section, row after row from the front; a seat is its index in the arrays. */
export interface SeatTable {
  rows: TableRow[];
  size: number;
  /** How many seats the longest row has. */
  widest: number;
  /** Each seat's row, as an index of rows. */
  rowOf: Uint16Array;
  number: Uint16Array;
  state: Uint8Array;
  accessible: Uint8Array;
}

export const tableOf = (map: SeatMap): SeatTable => {
  const size = map.rows.reduce((n, row) => n + row.seats.length, 0);
  const table: SeatTable = {
    rows: [],
    size,
    widest: 0,
    rowOf: new Uint16Array(size),
    number: new Uint16Array(size),
    state: new Uint8Array(size),
    accessible: new Uint8Array(size),
  };
  let i = 0;
  for (const row of map.rows) {
    table.rows.push({ label: row.label, start: i, count: row.seats.length });
    table.widest = Math.max(table.widest, row.seats.length);
    for (const seat of row.seats) {
      table.rowOf[i] = table.rows.length - 1;
      table.number[i] = seat.number;
      table.state[i] = codes[seat.state] ?? withheld;
      table.accessible[i] = seat.accessible ? 1 : 0;
      i += 1;
    }
  }
  return table;
};

export const isFree = (table: SeatTable, i: number): boolean => table.state[i] === free;

export const isAccessible = (table: SeatTable, i: number): boolean => table.accessible[i] === 1;

export const rowOf = (table: SeatTable, i: number): TableRow =>
  table.rows[table.rowOf[i] ?? 0] ?? { label: '', start: 0, count: 0 };

export const labelOf = (table: SeatTable, i: number): { row: string; number: number } => ({
  row: rowOf(table, i).label,
  number: table.number[i] ?? 0,
});

/** The index of a seat by what its ticket says; -1 where the section has none such. */
export const findSeat = (table: SeatTable, row: string, number: number): number => {
  const found = table.rows.find((r) => r.label === row);
  if (!found) return -1;
  for (let i = found.start; i < found.start + found.count; i += 1) if (table.number[i] === number) return i;
  return -1;
};

export const sameLayout = (a: SeatTable, b: SeatTable): boolean =>
  a === b ||
  (a.size === b.size &&
    a.rows.length === b.rows.length &&
    a.rows.every((row, r) => row.label === b.rows[r]?.label && row.count === b.rows[r]?.count));

/** The seats whose state is another now. Both tables must have the same layout. */
export const changes = (before: SeatTable, after: SeatTable): number[] => {
  const changed: number[] = [];
  if (before === after) return changed;
  for (let i = 0; i < after.size; i += 1) {
    if (before.state[i] !== after.state[i] || before.accessible[i] !== after.accessible[i]) changed.push(i);
  }
  return changed;
};

export const countFree = (table: SeatTable, row?: TableRow, which: (i: number) => boolean = () => true): number => {
  const { start, count } = row ?? { start: 0, count: table.size };
  let n = 0;
  for (let i = start; i < start + count; i += 1) if (table.state[i] === free && which(i)) n += 1;
  return n;
};
