import { describe, expect, test } from 'vitest';
import { aLocation } from '../../test/factories';
import { changed, draftOf, filledRows, type HallDraft, hallOf, letters, placesOf, rangesIn, rangesText, wrongIn } from './hall';

const hall = (): HallDraft => {
  const first = aLocation().halls[0];
  if (!first) throw new Error('the factory has a hall');
  return draftOf(first);
};

test.each([
  [0, 'A'],
  [25, 'Z'],
  [26, 'AA'],
  [27, 'AB'],
  [701, 'ZZ'],
  [702, 'AAA'],
])('row %i is %s', (i, want) => expect(letters(i)).toBe(want));

describe('ranges', () => {
  test.each([
    ['', []],
    ['3', [3]],
    ['1, 2, 11-12', [1, 2, 11, 12]],
    ['12;1 1-2', [1, 2, 12]],
    ['٣', undefined],
    ['0', undefined],
    ['13', undefined],
    ['4-2', undefined],
    ['a', undefined],
  ])('%s', (text, want) => expect(rangesIn(text, 12)).toEqual(want));

  test('written and read are the same', () => {
    expect(rangesText([12, 1, 2, 11, 2])).toBe('1-2, 11-12');
    expect(rangesIn(rangesText([12, 1, 2, 11]), 12)).toEqual([1, 2, 11, 12]);
  });
});

test('rows are laid out, and never too wide', () => {
  const rows = filledRows({ rows: 3, first: 499, wider: 1, labels: 'numbers' });
  expect(rows.map((r) => [r.label, r.seats])).toEqual([
    ['1', '499'],
    ['2', '500'],
    ['3', '500'],
  ]);
  expect(filledRows({ rows: 2, first: 1, wider: -5, labels: 'letters' }).map((r) => r.seats)).toEqual(['1', '1']);
});

test('a hall that is opened and saved is the same', () => {
  const { name, sections } = aLocation().halls[0] ?? { name: '', sections: [] };
  expect(hallOf(hall())).toEqual({ name, sections });
});

describe('changes', () => {
  const at = (h: HallDraft, i: number) => {
    const section = h.sections[i];
    if (!section) throw new Error(`no section ${i}`);
    return section;
  };

  test('a new section has no id, so that the server gives one', () => {
    const h = changed(hall(), { do: 'add', kind: 'standing', name: 'Floor 2' });
    expect(hallOf(h).sections[2]).toEqual({ name: 'Floor 2', kind: 'standing', capacity: 100 });
  });

  test('sections change places, not beyond the ends', () => {
    const h = hall();
    const moved = changed(h, { do: 'move', key: at(h, 0).key, by: 1 });
    expect(moved.sections.map((s) => s.name)).toEqual(['Floor', 'Stalls']);
    expect(changed(h, { do: 'move', key: at(h, 0).key, by: -1 }).sections).toEqual(h.sections);
  });

  test('another row goes on with the labels and the width', () => {
    let h = hall();
    h = changed(h, { do: 'addRow', key: at(h, 0).key });
    expect(at(h, 0).rows.at(-1)).toMatchObject({ label: 'C', seats: '14' });
    h = changed(h, { do: 'fill', key: at(h, 0).key, fill: { rows: 2, first: 5, wider: 0, labels: 'numbers' } });
    h = changed(h, { do: 'addRow', key: at(h, 0).key });
    expect(at(h, 0).rows.map((r) => r.label)).toEqual(['1', '2', '3']);
    expect(placesOf(at(h, 0))).toBe(15);
  });

  test('a row is changed and removed', () => {
    let h = hall();
    const key = at(h, 0).key;
    const row = at(h, 0).rows[1]?.key ?? '';
    h = changed(h, { do: 'row', key, row, change: { seats: '20' } });
    expect(at(h, 0).rows[1]).toMatchObject({ label: 'B', seats: '20', accessible: '1-2' });
    h = changed(h, { do: 'removeRow', key, row });
    expect(at(h, 0).rows).toHaveLength(1);
    expect(changed(h, { do: 'remove', key }).sections).toHaveLength(1);
  });
});

test.each<[string, (h: HallDraft) => HallDraft, string, string]>([
  ['no-name', (h) => ({ ...h, name: ' ' }), 'body.name', 'empty'],
  ['long-name', (h) => ({ ...h, name: 'x'.repeat(201) }), 'body.name', 'long'],
  ['no-sections', (h) => ({ ...h, sections: [] }), 'body.sections', 'noSections'],
  [
    'too-many-places',
    (h) => ({ ...h, sections: h.sections.map((s) => ({ ...s, capacity: '1000000' })) }),
    'body.sections',
    'tooMany',
  ],
  [
    'capacity',
    (h) => ({ ...h, sections: h.sections.map((s) => ({ ...s, capacity: '0' })) }),
    'body.sections[1].capacity',
    'range',
  ],
  ['no-rows', (h) => ({ ...h, sections: h.sections.map((s) => ({ ...s, rows: [] })) }), 'body.sections[0].rows', 'noRows'],
])('%s is told at its field', (_, change, where, text) => {
  expect(wrongIn(hall()).size).toBe(0);
  expect(wrongIn(change(hall())).get(where)?.text).toBe(text);
});

test.each([
  ['label', { label: 'A' }, 'sameLabel'],
  ['label', { label: '' }, 'empty'],
  ['seats', { seats: '501' }, 'range'],
  ['seats', { seats: 'many' }, 'range'],
  ['accessible', { accessible: '15' }, 'accessible'],
])('a wrong %s of a row is told there: %o', (field, change, text) => {
  const h = hall();
  const section = h.sections[0];
  const row = section?.rows[1];
  const wrong = wrongIn(changed(h, { do: 'row', key: section?.key ?? '', row: row?.key ?? '', change }));
  expect(wrong.get(`body.sections[0].rows[1].${field}`)?.text).toBe(text);
});
