import { describe, expect, test } from 'vitest';
import { familyOf, frontOf, type HallSection, type Point, shortName } from './hallBands';
import { planHall } from './hallPlan';

const seated = (name: string, rows: number, seats: number, wider = 0): HallSection => ({
  id: name,
  name,
  kind: 'seated',
  capacity: 0,
  rows: Array.from({ length: rows }, (_, r) => ({ label: String(r + 1), seats: seats + wider * r })),
});
const standing = (name: string, capacity = 500): HallSection => ({ id: name, name, kind: 'standing', rows: [], capacity });
const many = (name: string, from: number, n: number) =>
  Array.from({ length: n }, (_, i) => seated(`${name} ${from + i}`, 10, 16, 1));

const halls: [string, HallSection[], string][] = [
  [
    'theatre',
    [seated('Stalls', 16, 18, 1), seated('Circle', 8, 24, 2), seated('Gallery', 5, 28), seated('Boxes', 8, 4)],
    'theatre',
  ],
  ['arena with a stage', [standing('Floor', 1800), ...many('Block', 101, 24), ...many('Block', 201, 24)], 'concert'],
  ['arena for sport', [standing('Floor', 1800), ...many('Block', 101, 24), ...many('Block', 201, 24)], 'sport'],
  ['circus', [seated('Ringside', 3, 60, 4), ...many('Sector', 1, 10)], 'circus'],
  ['sports hall', ['North', 'East', 'South', 'West'].map((n) => seated(`${n} stand`, 10, 30)), 'sport'],
  ['street', [...many('Stand', 1, 6), seated('Platform', 2, 20), standing('Pavement', 2000)], 'carnival'],
  ['wedges', ['Left', 'Centre', 'Right'].map((n) => seated(`${n} wedge`, 20, 20, 1)), 'opera'],
  ['club', [standing('Floor'), seated('Balcony', 4, 12, 2)], 'concert'],
  ['standing only', [standing('Entry')], 'exhibition'],
  ['two floors', [standing('Front'), standing('Meadow', 20000)], 'festival'],
  ['one seat', [seated('Throne', 1, 1)], 'other'],
  ['one wide row', [seated('Bench', 1, 500)], 'other'],
  ['99 sections', many('Block', 1, 99), 'concert'],
  ['boxes only', [seated('Boxes', 8, 4)], 'opera'],
];

const inside = ([x, y]: Point, polygon: Point[]): boolean => {
  let odd = false;
  polygon.forEach(([ax, ay], i) => {
    const [bx, by] = polygon[(i + 1) % polygon.length] ?? [0, 0];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  });
  return odd;
};

describe.each(halls)('the plan of a %s', (_, sections, category) => {
  const plan = planHall(sections, frontOf(category));

  test('has every section once, in order', () => {
    expect(plan.shapes.map((s) => s.id)).toEqual(sections.map((s) => s.id));
  });

  test('is within its bounds', () => {
    for (const [x, y] of plan.shapes.flatMap((s) => s.parts.flat())) {
      expect(x).toBeGreaterThanOrEqual(-1);
      expect(x).toBeLessThanOrEqual(plan.width + 1);
      expect(y).toBeGreaterThanOrEqual(-1);
      expect(y).toBeLessThanOrEqual(plan.height + 1);
    }
    expect(plan.front.height).toBeGreaterThan(20);
  });

  test('has a name in every part of a section', () => {
    for (const { parts, labels } of plan.shapes) {
      expect(labels).toHaveLength(parts.length);
      parts.forEach((part, i) => {
        const { x = 0, y = 0, width = 0, height = 0 } = labels[i] ?? {};
        expect(inside([x, y], part)).toBe(true);
        expect(Math.min(width, height)).toBeGreaterThan(0);
      });
    }
  });

  test('has no section upon another', () => {
    for (const { id, labels } of plan.shapes) {
      for (const { x, y } of labels) {
        const on = plan.shapes.filter((other) => other.parts.some((part) => inside([x, y], part))).map((s) => s.id);
        expect(on).toEqual([id]);
      }
    }
  });
});

test.each([
  ['Block 101', 'Block 124', true],
  ['Block 124', 'Block 201', false],
  ['Sector A', 'Sector M', true],
  ['Left wedge', 'Right wedge', true],
  ['North stand', 'West stand', true],
  ['Stalls', 'Circle', false],
  ['Upper circle', 'Dress circle', false],
])('%s and %s are of one family: %s', (a, b, same) => {
  expect(familyOf(a) === familyOf(b)).toBe(same);
});

test.each([
  ['Block 101', '101'],
  ['Sector B', 'B'],
  ['Stalls', 'Stalls'],
  ['Upper circle', 'Upper circle'],
])('%s is %s for short', (name, short) => {
  expect(shortName(name)).toBe(short);
});

test('the stage of a theatre is above its stalls, the ring of a circus in the middle', () => {
  const [, theatre] = halls[0] ?? ['', []];
  const first = planHall(theatre, 'stage');
  expect(first.front.y + first.front.height).toBeLessThan(Math.min(...(first.shapes[0]?.parts[0] ?? []).map((p) => p[1])));
  const circus = planHall(halls[3]?.[1] ?? [], 'ring');
  expect(circus.front.y + circus.front.height / 2).toBeCloseTo((circus.height - 12) / 2, -1);
});
