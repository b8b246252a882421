import { describe, expect, test } from 'vitest';
import { hit, labelAt, planOf, rowsWithin } from './seatPlan';
import { at, bigTable, nameOf, tableFrom } from './testSeats';

describe.each([
  ['rectangle', bigTable(20, 30)],
  ['ragged rows', tableFrom('...... ........ ... . .....................')],
  ['one row', tableFrom('..........')],
  ['one seat', tableFrom('.')],
  ['very wide', bigTable(3, 500)],
  ['very deep', bigTable(2000, 2)],
])('a plan of %s', (_, table) => {
  const plan = planOf(table);

  test('finds every seat where it is', () => {
    for (let i = 0; i < table.size; i += 1) expect(hit(plan, table, plan.x[i] ?? 0, plan.y[i] ?? 0)).toBe(i);
  });

  test('has all seats and labels in its bounds', () => {
    for (let i = 0; i < table.size; i += 1) {
      expect(plan.x[i]).toBeGreaterThanOrEqual(plan.left + 0.5);
      expect(plan.x[i]).toBeLessThanOrEqual(plan.left + plan.width - 0.5);
      expect(plan.y[i]).toBeGreaterThanOrEqual(plan.top + 0.5);
      expect(plan.y[i]).toBeLessThanOrEqual(plan.top + plan.height - 0.5);
    }
    for (const end of [-1, 1] as const) {
      const { x } = labelAt(plan, table, 0, end);
      expect(Math.abs(x)).toBeLessThan(plan.width / 2);
    }
  });

  test('knows which rows are in view', () => {
    for (const from of [plan.top, 0, plan.top + plan.height / 2]) {
      const to = from + 5;
      const [first, last] = rowsWithin(plan, table, from, to);
      for (let i = 0; i < table.size; i += 1) {
        const y = plan.y[i] ?? 0;
        if (y < from - 0.5 || y > to + 0.5) continue;
        expect(table.rowOf[i]).toBeGreaterThanOrEqual(first);
        expect(table.rowOf[i]).toBeLessThanOrEqual(last);
      }
    }
  });
});

test('rows bend towards the stage, and stay in order', () => {
  const table = bigTable(10, 40);
  const plan = planOf(table);
  const y = (name: string) => plan.y[at(table, name)] ?? 0;
  expect(y('11')).toBeLessThan(y('120'));
  expect(y('21')).toBeGreaterThan(y('11'));
});

test('between and beside seats there is none', () => {
  const table = tableFrom('..... ...');
  const plan = planOf(table);
  expect(hit(plan, table, -2, (plan.y[5] ?? 0) + 0.2)).toBe(-1);
  expect(hit(plan, table, 0, plan.top)).toBe(-1);
  expect(hit(plan, table, 0, 99)).toBe(-1);
  expect(nameOf(table, hit(plan, table, 0.4, (plan.y[2] ?? 0) - 0.3))).toBe('A3');
});
