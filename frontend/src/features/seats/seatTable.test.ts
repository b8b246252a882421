import { expect, test } from 'vitest';
import { changes, countFree, findSeat, isAccessible, labelOf, sameLayout, tableOf } from './seatTable';
import { tableFrom } from './testSeats';

test('a table has all seats of the map, row after row', () => {
  const table = tableFrom('.hx w-..');
  expect(table.size).toBe(7);
  expect(table.widest).toBe(4);
  expect([...table.state]).toEqual([0, 1, 2, 0, 3, 0, 0]);
  expect([...table.rowOf]).toEqual([0, 0, 0, 1, 1, 1, 1]);
  expect(labelOf(table, 4)).toEqual({ row: 'B', number: 2 });
  expect(isAccessible(table, 3)).toBe(true);
});

test('a state that is not known is one that cannot be had', () => {
  const table = tableOf({ rows: [{ label: 'A', seats: [{ number: 1, state: 'melted' as never }] }] });
  expect(countFree(table)).toBe(0);
});

test('a section without rows has no seats', () => {
  expect(tableOf({ rows: [] })).toMatchObject({ size: 0, widest: 0, rows: [] });
});

test.each([
  ['A', 2, 1],
  ['B', 4, 6],
  ['B', 5, -1],
  ['C', 1, -1],
])('row %s seat %i is found', (row, number, index) => {
  expect(findSeat(tableFrom('... ....'), row, number)).toBe(index);
});

test('what changed between two answers is found, and nothing else', () => {
  expect(changes(tableFrom('... ...'), tableFrom('.h. ..x'))).toEqual([1, 5]);
  const table = tableFrom('...');
  expect(changes(table, table)).toEqual([]);
});

test.each([
  ['... ...', '.hx ...', true],
  ['... ...', '... ..', false],
  ['... ...', '...', false],
  ['.. ....', '... ...', false],
])('%s and %s have the same layout: %s', (a, b, same) => {
  expect(sameLayout(tableFrom(a), tableFrom(b))).toBe(same);
});

test('free seats are counted, in a row or of a kind', () => {
  const table = tableFrom('w.x ..h');
  expect(countFree(table)).toBe(4);
  expect(countFree(table, table.rows[0])).toBe(2);
  expect(countFree(table, undefined, (i) => isAccessible(table, i))).toBe(1);
});
