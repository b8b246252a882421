import { describe, expect, test } from 'vitest';
import { cursorAt, move, windowAround } from './seatMoves';
import { planOf } from './seatPlan';
import { at, bigTable, nameOf, tableFrom } from './testSeats';

const table = tableFrom('......... .. ......... .....');
const plan = planOf(table);

const go = (from: string, ...keys: string[]) => {
  let cursor = cursorAt(plan, at(table, from));
  for (const key of keys) cursor = move(table, plan, cursor, key.replace('Ctrl+', ''), key.startsWith('Ctrl+')) ?? cursor;
  return nameOf(table, cursor.seat);
};

test.each([
  ['A3', ['ArrowRight'], 'A4'],
  ['A3', ['ArrowLeft'], 'A2'],
  ['A1', ['ArrowLeft'], 'A1'],
  ['A9', ['ArrowRight'], 'A9'],
  ['A9', ['Home'], 'A1'],
  ['C2', ['End'], 'C9'],
  ['C2', ['Ctrl+Home'], 'A1'],
  ['A1', ['Ctrl+End'], 'D5'],
  ['A5', ['ArrowDown'], 'B1'],
  ['A1', ['ArrowUp'], 'A1'],
  ['D3', ['ArrowDown'], 'D3'],
  ['A2', ['PageDown'], 'D1'],
  ['D5', ['PageUp'], 'A7'],
])('from %s by %j to %s', (from, keys, to) => {
  expect(go(from, ...keys)).toBe(to);
});

test('a short row between does not lead astray', () => {
  expect(go('A9', 'ArrowDown')).toBe('B2');
  expect(go('A9', 'ArrowDown', 'ArrowDown')).toBe('C9');
  expect(go('A9', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp')).toBe('C9');
});

test('going sideways sets another course', () => {
  expect(go('A9', 'ArrowDown', 'ArrowLeft', 'ArrowDown')).toBe('C4');
});

test('other keys lead nowhere', () => {
  for (const key of ['a', 'Tab', 'Escape', ' ']) expect(move(table, plan, cursorAt(plan, 0), key, false)).toBeUndefined();
});

describe('the part of a grid that is in the document', () => {
  const big = bigTable(100, 100);

  test('is small, and has the focus inside', () => {
    const w = windowAround(big, 50 * 100 + 50);
    expect((w.lastRow - w.firstRow + 1) * (w.lastColumn - w.firstColumn + 1)).toBeLessThan(200);
    expect(w.firstRow).toBeLessThan(50);
    expect(w.lastColumn).toBeGreaterThan(50);
  });

  test('stays while the focus is well inside, and follows it otherwise', () => {
    const w = windowAround(big, 50 * 100 + 50);
    expect(windowAround(big, 50 * 100 + 55, w)).toBe(w);
    expect(windowAround(big, 50 * 100 + w.lastColumn, w)).not.toBe(w);
    expect(windowAround(big, w.firstRow * 100 + 50, w)).not.toBe(w);
  });

  test('always has the neighbours that an arrow leads to', () => {
    let w = windowAround(big, 0);
    for (let i = 0; i < big.size; i += 37) {
      w = windowAround(big, i, w);
      const [row, column] = [Math.floor(i / 100), i % 100];
      expect(w.firstRow).toBeLessThanOrEqual(Math.max(0, row - 1));
      expect(w.lastRow).toBeGreaterThanOrEqual(Math.min(99, row + 1));
      expect(w.firstColumn).toBeLessThanOrEqual(Math.max(0, column - 1));
      expect(w.lastColumn).toBeGreaterThanOrEqual(Math.min(99, column + 1));
    }
  });
});
