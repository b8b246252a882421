import { expect, test } from 'vitest';
import { bestApart, bestTogether, nearestTo, singlesLeft } from './adjacency';
import { planOf } from './seatPlan';
import { at, bigTable, nameOf, tableFrom } from './testSeats';

const none = new Set<number>();
const names = (drawing: string, seats: number[] | undefined) => seats?.map((i) => nameOf(tableFrom(drawing), i)).join(' ');

const together = (drawing: string, n: number, { taken = [] as string[], accessible = false } = {}) => {
  const table = tableFrom(drawing);
  const wish = { taken: new Set(taken.map((t) => at(table, t))), accessible };
  return names(drawing, bestTogether(table, planOf(table), n, wish));
};

test.each([
  ['front and middle', '......... .........', 1, 'A5'],
  ['two in the middle', '........', 2, 'A4 A5'],
  ['the next row where the first is gone', 'xxxxxxxx ........', 2, 'B4 B5'],
  ['never across what is taken', '..x..', 3, undefined],
  ['never across rows', '.. ..', 3, undefined],
  ['held seats are not free', '..h.... .......', 4, 'A4 A5 A6 A7'],
  ['withheld seats are not free', '--- ...', 3, 'B1 B2 B3'],
  ['all of a row', '...', 3, 'A1 A2 A3'],
  ['wheelchair places stay free for who needs them', 'ww......ww', 6, 'A3 A4 A5 A6 A7 A8'],
  ['not even for more', 'ww......ww', 7, undefined],
])('best together: %s', (_, drawing, n, want) => {
  expect(together(drawing, n)).toBe(want);
});

test('who asks for wheelchair places gets those', () => {
  expect(together('ww......ww', 2, { accessible: true })).toMatch(/^A1 A2$|^A9 A10$/);
});

test('what is chosen already is not chosen again', () => {
  expect(together('........', 2, { taken: ['A4', 'A5'] })).toBe('A2 A3');
});

test('no single seat is left where that can be', () => {
  // The middle would leave one seat alone at each side.
  expect(together('.... ....', 2)).toMatch(/^A1 A2$|^A3 A4$/);
  expect(together('.....', 3)).toMatch(/^A1 A2 A3$|^A3 A4 A5$/);
});

test('the best of 10,000 seats is found at once', () => {
  const table = bigTable(100, 100);
  const plan = planOf(table);
  const found = bestTogether(table, plan, 64, { taken: none, accessible: false });
  expect(found?.map((i) => nameOf(table, i)).slice(0, 2)).toEqual(['119', '120']);
});

test('apart, the best ones wherever they are', () => {
  const drawing = '.x.x. .....';
  const table = tableFrom(drawing);
  const wish = { taken: none, accessible: false };
  expect(names(drawing, bestApart(table, planOf(table), 3, wish))).toBe('A3 B3 A1');
  expect(bestApart(table, planOf(table), 99, wish)).toHaveLength(8);
});

test('the nearest seat is one beside, before one behind', () => {
  const drawing = '...x..x ........';
  const table = tableFrom(drawing);
  const plan = planOf(table);
  const near = (to: string[], taken = to) =>
    nearestTo(
      table,
      plan,
      to.map((t) => at(table, t)),
      { taken: new Set(taken.map((t) => at(table, t))), accessible: false },
    );
  expect(nameOf(table, near(['A5']) ?? -1)).toBe('A6');
  expect(nameOf(table, near(['A1', 'A2']) ?? -1)).toBe('A3');
  expect(nearestTo(tableFrom('xx'), planOf(tableFrom('xx')), [0], { taken: none, accessible: false })).toBeUndefined();
});

test.each([
  ['between a choice and the end', '.....', ['A2', 'A3'], 'A1'],
  ['between a choice and what is taken', '....x', ['A2', 'A3'], 'A1 A4'],
  ['between two choices', '.....', ['A1', 'A2', 'A4', 'A5'], 'A3'],
  ['not where two are left', '......', ['A3', 'A4'], ''],
  ['not where none is left', '....', ['A1', 'A2', 'A3', 'A4'], ''],
  ['not elsewhere', 'x.x.......', ['A5'], 'A4'],
])('a seat is left alone: %s', (_, drawing, chosen, want) => {
  const table = tableFrom(drawing);
  expect(names(drawing, singlesLeft(table, new Set(chosen.map((c) => at(table, c)))))).toBe(want);
});
