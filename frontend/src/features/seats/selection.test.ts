import { expect, test } from 'vitest';
import { eur } from '../../test/factories';
import {
  addSeats,
  countOf,
  itemsOf,
  keyOf,
  limitOf,
  linesOf,
  nothing,
  places,
  removeSeats,
  retype,
  room,
  type Selection,
  selectionOf,
  setCount,
  totalOf,
} from './selection';

const adult = { id: 'tt_adult', name: 'Adult', price: eur(4000), sectionIds: ['s', 'f'] };
const child = { id: 'tt_child', name: 'Child', price: eur(1550), sectionIds: ['s'], perPerson: 2 };
const event = { perPerson: 6 };
const seat = (number: number, row = 'A') => ({ sectionId: 's', section: 'Stalls', row, number, accessible: false });
const seats = (n: number) => Array.from({ length: n }, (_, i) => seat(i + 1));
const with_ = (n: number, types = [adult]) => addSeats(nothing, event, types, seats(n)).selection;
const floor = { sectionId: 'f', section: 'Floor', typeId: 'tt_adult', seated: false };

test('seats are added once, as the first ticket type', () => {
  const { selection, added } = addSeats(with_(2), event, [adult, child], seats(3));
  expect(selection.seats.map((s) => [s.number, s.typeId])).toEqual([
    [1, 'tt_adult'],
    [2, 'tt_adult'],
    [3, 'tt_adult'],
  ]);
  expect(added).toHaveLength(1);
});

test('where one may have no more of a ticket type, the next one is taken', () => {
  const { selection } = addSeats(nothing, event, [child, adult], seats(3));
  expect(selection.seats.map((s) => s.typeId)).toEqual(['tt_child', 'tt_child', 'tt_adult']);
});

test.each([
  [{ perPerson: 6 }, [adult], 7, 6, { by: 'person', most: 6 }],
  [{ perPerson: 0 }, [adult], 70, 64, { by: 'purchase', most: 64 }],
  [{ perPerson: 100 }, [adult], 70, 64, { by: 'purchase', most: 64 }],
  [{ perPerson: 6 }, [child], 3, 2, { by: 'type', most: 2 }],
])('limits: %j', (limits, types, wanted, got, limit) => {
  const result = addSeats(nothing, limits, types, seats(wanted));
  expect(result.added).toHaveLength(got);
  expect(result.limit).toEqual(limit);
});

test('there is room for what is left of every limit', () => {
  expect(room(nothing, event)).toBe(6);
  expect(room(nothing, event, child)).toBe(2);
  expect(room(with_(5), event, child)).toBe(1);
  expect(room(with_(6), event, adult)).toBe(0);
  expect(limitOf({ perPerson: 0 }).most).toBe(64);
});

test('standing places count, too', () => {
  const selection = setCount(with_(2), { ...floor, quantity: 3 });
  expect(places(selection)).toBe(5);
  expect(places(selection, 'tt_adult')).toBe(5);
  expect(countOf(selection, floor)).toBe(3);
  expect(room(selection, event)).toBe(1);
  expect(setCount(selection, { ...floor, quantity: 0 }).counts).toEqual([]);
});

test('seats are removed by what they are', () => {
  expect(removeSeats(with_(3), new Set([keyOf(seat(2))])).seats.map((s) => s.number)).toEqual([1, 3]);
});

test('a seat becomes one of another ticket type, as far as one may have it', () => {
  let selection = with_(3);
  for (const n of [1, 2, 3]) selection = retype(selection, keyOf(seat(n)), child);
  expect(selection.seats.map((s) => s.typeId)).toEqual(['tt_child', 'tt_child', 'tt_adult']);
  expect(retype(selection, keyOf(seat(1)), child)).toEqual(selection);
});

test('what is to be paid is summed by ticket type', () => {
  const selection = retype(with_(3), keyOf(seat(2)), child);
  const lines = linesOf(selection, [adult, child]);
  expect(lines.map((l) => [l.type.name, l.quantity, l.sum.amount])).toEqual([
    ['Adult', 2, 8000],
    ['Child', 1, 1550],
  ]);
  expect(totalOf(lines)).toEqual(eur(9550));
  expect(totalOf([])).toBeUndefined();
});

test('a hold is asked for by ticket type: seats by name, others by number', () => {
  const selection = setCount(retype(with_(2), keyOf(seat(2)), child), { ...floor, quantity: 2 });
  expect(itemsOf(setCount(selection, { ...floor, sectionId: 'g', quantity: 1 }))).toEqual([
    { ticketTypeId: 'tt_adult', seats: [{ sectionId: 's', row: 'A', number: 1 }] },
    { ticketTypeId: 'tt_child', seats: [{ sectionId: 's', row: 'A', number: 2 }] },
    { ticketTypeId: 'tt_adult', quantity: 3 },
  ]);
});

test('a choice comes back from a purchase, without what is sold no more', () => {
  const sections = [
    { id: 's', name: 'Stalls', kind: 'seated', types: [adult], rows: [{ label: 'A', accessible: [2] }] },
    { id: 'f', name: 'Floor', kind: 'standing', types: [adult], rows: [] },
  ];
  const selection: Selection = selectionOf(
    [
      {
        ticketTypeId: 'tt_adult',
        seats: [
          { sectionId: 's', row: 'A', number: 2 },
          { sectionId: 's', row: 'Z', number: 1 },
        ],
      },
      { ticketTypeId: 'tt_gone', seats: [{ sectionId: 's', row: 'A', number: 1 }] },
      { ticketTypeId: 'tt_adult', quantity: 3 },
    ],
    sections,
  );
  expect(selection.seats).toEqual([{ ...seat(2), accessible: true, typeId: 'tt_adult' }]);
  expect(selection.counts).toEqual([{ ...floor, quantity: 3 }]);
  expect(itemsOf(selection)).toHaveLength(2);
});
