import { bestTogether, nearestTo } from './adjacency';
import { planOf } from './seatPlan';
import { findSeat, isAccessible, isFree, labelOf, type SeatTable } from './seatTable';
import type { ChosenSeat, Selection } from './selection';

/** Seats that somebody else got first, and what may take their place. */
export interface Offer {
  lost: ChosenSeat[];
  instead: Omit<ChosenSeat, 'typeId'>[];
}

/** The index of a chosen seat in its section's table. */
export const indexOf = (table: SeatTable, seat: { row: string; number: number }): number =>
  findSeat(table, seat.row, seat.number);

/** The chosen seats of a section, as indices. */
export const chosenIn = (table: SeatTable, selection: Selection, sectionId: string): ReadonlySet<number> =>
  new Set(selection.seats.filter((s) => s.sectionId === sectionId).map((s) => indexOf(table, s)));

export const seatOf = (table: SeatTable, section: { id: string; name: string }, i: number): Omit<ChosenSeat, 'typeId'> => ({
  sectionId: section.id,
  section: section.name,
  ...labelOf(table, i),
  accessible: isAccessible(table, i),
});

/** The chosen seats that are no longer free, as far as their sections are known. */
export const lostOf = (selection: Selection, tables: ReadonlyMap<string, SeatTable>): ChosenSeat[] =>
  selection.seats.filter((seat) => {
    const table = tables.get(seat.sectionId);
    return table && !isFree(table, indexOf(table, seat));
  });

/** As many free seats as were lost in a section, beside those that are left of the choice, or near where the lost ones were. */
const insteadIn = (table: SeatTable, lost: ChosenSeat[], kept: ReadonlySet<number>): number[] => {
  const plan = planOf(table);
  const taken = new Set(kept);
  const accessible = lost.every((s) => s.accessible);
  if (kept.size === 0 && lost.length > 1) {
    const together = bestTogether(table, plan, lost.length, { taken, accessible });
    if (together) return together;
  }
  const near = kept.size > 0 ? [...kept] : lost.map((s) => indexOf(table, s)).filter((i) => i >= 0);
  const found: number[] = [];
  for (const _ of lost) {
    const next = nearestTo(table, plan, near, { taken, accessible });
    if (next === undefined) break;
    taken.add(next);
    found.push(next);
    near.push(next);
  }
  return found.sort((a, b) => a - b);
};

/** What to offer after seats were lost; kept is the selection without them. */
export const offerFor = (lost: ChosenSeat[], kept: Selection, tables: ReadonlyMap<string, SeatTable>): Offer => {
  const sections = new Map(lost.map((s) => [s.sectionId, s.section]));
  const instead = [...sections].flatMap(([id, name]) => {
    const table = tables.get(id);
    if (!table) return [];
    const gone = lost.filter((s) => s.sectionId === id);
    return insteadIn(table, gone, chosenIn(table, kept, id)).map((i) => seatOf(table, { id, name }, i));
  });
  return { lost, instead };
};
