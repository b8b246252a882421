import type { Hall, NewHall, Row, Section, SectionChange } from '../../api/gen/types.gen';

/** The bounds of a hall; the API has the same. */
export const bounds = { name: 200, label: 20, sections: 99, rows: 2_000, rowSeats: 500, places: 1_000_000 } as const;

/** A hall being drawn. Numbers are as they were typed, so that a field can be empty for a moment. */
export interface HallDraft {
  name: string;
  sections: SectionDraft[];
}

export interface SectionDraft {
  /** Tells sections apart on the screen. */
  key: string;
  /** The server's; absent: new. */
  id?: string;
  name: string;
  kind: 'seated' | 'standing';
  capacity: string;
  rows: RowDraft[];
}

export interface RowDraft {
  key: string;
  label: string;
  seats: string;
  /** Numbers and ranges: "1, 2, 11-12". */
  accessible: string;
}

let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `k${keys}`;
};

const wholeNumber = /^\s*\d{1,9}\s*$/;

/** A whole number that was typed; undefined where it is none. */
export const numberIn = (text: string): number | undefined => (wholeNumber.test(text) ? Number(text) : undefined);

/** "1, 2, 11-12" for [1, 2, 11, 12]. */
export const rangesText = (numbers: readonly number[]): string => {
  const parts: [number, number][] = [];
  for (const n of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last && n === last[1] + 1) last[1] = n;
    else parts.push([n, n]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(', ');
};

/** [1, 2, 11, 12] for "1, 2, 11-12"; undefined where a part is no number from 1 to most. */
export const rangesIn = (text: string, most: number): number[] | undefined => {
  const numbers = new Set<number>();
  for (const part of text.split(/[,;،\s]+/).filter(Boolean)) {
    const match = /^(\d{1,4})(?:[-–](\d{1,4}))?$/.exec(part);
    const from = Number(match?.[1]);
    const to = Number(match?.[2] ?? match?.[1]);
    if (!match || from < 1 || to < from || to > most) return undefined;
    for (let n = from; n <= to; n++) numbers.add(n);
  }
  return [...numbers].sort((a, b) => a - b);
};

/** A, B … Z, AA, AB …, as rows are lettered; from 0. */
export const letters = (i: number): string =>
  (i < 26 ? '' : letters(Math.floor(i / 26) - 1)) + String.fromCharCode(65 + (i % 26));

const rowDraft = ({ label, seats, accessible = [] }: Row): RowDraft => ({
  key: newKey(),
  label,
  seats: String(seats),
  accessible: rangesText(accessible),
});

const sectionDraft = (s: Section): SectionDraft => ({
  key: newKey(),
  id: s.id,
  name: s.name,
  kind: s.kind,
  capacity: s.capacity ? String(s.capacity) : '',
  rows: (s.rows ?? []).map(rowDraft),
});

export const draftOf = (hall: Hall): HallDraft => ({ name: hall.name, sections: hall.sections.map(sectionDraft) });

export interface Fill {
  rows: number;
  first: number;
  wider: number;
  labels: 'letters' | 'numbers';
}

/** Rows of one shape: each further one wider by some seats, never wider than a row may be. */
export const filledRows = ({ rows, first, wider, labels }: Fill): RowDraft[] =>
  Array.from({ length: rows }, (_, i) =>
    rowDraft({
      label: labels === 'letters' ? letters(i) : String(i + 1),
      seats: Math.max(1, Math.min(bounds.rowSeats, first + i * wider)),
    }),
  );

export type HallChange =
  | { do: 'name'; name: string }
  | { do: 'add'; kind: 'seated' | 'standing'; name: string }
  | { do: 'section'; key: string; change: Partial<Pick<SectionDraft, 'name' | 'capacity'>> }
  | { do: 'remove'; key: string }
  | { do: 'move'; key: string; by: -1 | 1 }
  | { do: 'fill'; key: string; fill: Fill }
  | { do: 'addRow'; key: string }
  | { do: 'row'; key: string; row: string; change: Partial<Omit<RowDraft, 'key'>> }
  | { do: 'removeRow'; key: string; row: string };

const newSection = (kind: 'seated' | 'standing', name: string): SectionDraft => ({
  key: newKey(),
  name,
  kind,
  capacity: kind === 'standing' ? '100' : '',
  rows: kind === 'seated' ? filledRows({ rows: 8, first: 12, wider: 0, labels: 'letters' }) : [],
});

const swapped = <T>(list: T[], i: number, j: number): T[] => {
  const [a, b] = [list[i], list[j]];
  return a && b ? list.map((v, at) => (at === i ? b : at === j ? a : v)) : list;
};

const nextLabel = (rows: RowDraft[]): string => {
  const taken = new Set(rows.map((r) => r.label));
  const numbered = rows.length > 0 && rows.every((r) => numberIn(r.label) !== undefined);
  for (let i = rows.length; ; i++) {
    const label = numbered ? String(i + 1) : letters(i);
    if (!taken.has(label)) return label;
  }
};

/** What a hall is after a change; the old one stays as it is. */
export const changed = (hall: HallDraft, c: HallChange): HallDraft => {
  const inSection = (key: string, f: (s: SectionDraft) => SectionDraft): HallDraft => ({
    ...hall,
    sections: hall.sections.map((s) => (s.key === key ? f(s) : s)),
  });
  switch (c.do) {
    case 'name':
      return { ...hall, name: c.name };
    case 'add':
      return { ...hall, sections: [...hall.sections, newSection(c.kind, c.name)] };
    case 'section':
      return inSection(c.key, (s) => ({ ...s, ...c.change }));
    case 'remove':
      return { ...hall, sections: hall.sections.filter((s) => s.key !== c.key) };
    case 'move': {
      const at = hall.sections.findIndex((s) => s.key === c.key);
      return { ...hall, sections: swapped(hall.sections, at, at + c.by) };
    }
    case 'fill':
      return inSection(c.key, (s) => ({ ...s, rows: filledRows(c.fill) }));
    case 'addRow':
      return inSection(c.key, (s) => ({
        ...s,
        rows: [...s.rows, { key: newKey(), label: nextLabel(s.rows), seats: s.rows.at(-1)?.seats ?? '10', accessible: '' }],
      }));
    case 'row':
      return inSection(c.key, (s) => ({ ...s, rows: s.rows.map((r) => (r.key === c.row ? { ...r, ...c.change } : r)) }));
    case 'removeRow':
      return inSection(c.key, (s) => ({ ...s, rows: s.rows.filter((r) => r.key !== c.row) }));
  }
};

/** How many places a section has, as far as what was typed are numbers. */
export const placesOf = (s: SectionDraft): number =>
  s.kind === 'standing' ? (numberIn(s.capacity) ?? 0) : s.rows.reduce((n, r) => n + (numberIn(r.seats) ?? 0), 0);

/** What is wrong, in words of the locations texts under "wrong". */
export interface Wrong {
  text: 'empty' | 'long' | 'range' | 'sameLabel' | 'accessible' | 'noSections' | 'noRows' | 'tooMany';
  values?: Record<string, number>;
}

const wrongName = (text: string, most: number): Wrong | undefined => {
  if (!text.trim()) return { text: 'empty' };
  return [...text.trim()].length > most ? { text: 'long', values: { most } } : undefined;
};

const wrongNumber = (text: string, least: number, most: number): Wrong | undefined => {
  const n = numberIn(text);
  return n === undefined || n < least || n > most ? { text: 'range', values: { least, most } } : undefined;
};

/** What is wrong with a hall, by the location that the API would name: "body.sections[0].rows[1].label". */
export const wrongIn = (hall: HallDraft): Map<string, Wrong> => {
  const found = new Map<string, Wrong>();
  const add = (at: string, wrong: Wrong | undefined) => {
    if (wrong) found.set(at, wrong);
  };
  add('body.name', wrongName(hall.name, bounds.name));
  if (hall.sections.length === 0) add('body.sections', { text: 'noSections' });
  if (hall.sections.length > bounds.sections) add('body.sections', { text: 'tooMany', values: { most: bounds.sections } });
  if (hall.sections.reduce((n, s) => n + placesOf(s), 0) > bounds.places)
    add('body.sections', { text: 'tooMany', values: { most: bounds.places } });
  for (const [i, s] of hall.sections.entries()) {
    const at = `body.sections[${i}]`;
    add(`${at}.name`, wrongName(s.name, bounds.name));
    if (s.kind === 'standing') {
      add(`${at}.capacity`, wrongNumber(s.capacity, 1, bounds.places));
      continue;
    }
    if (s.rows.length === 0) add(`${at}.rows`, { text: 'noRows' });
    if (s.rows.length > bounds.rows) add(`${at}.rows`, { text: 'tooMany', values: { most: bounds.rows } });
    const labels = new Set<string>();
    for (const [j, r] of s.rows.entries()) {
      const label = r.label.trim();
      add(`${at}.rows[${j}].label`, labels.has(label) ? { text: 'sameLabel' } : wrongName(r.label, bounds.label));
      labels.add(label);
      add(`${at}.rows[${j}].seats`, wrongNumber(r.seats, 1, bounds.rowSeats));
      if (!rangesIn(r.accessible, numberIn(r.seats) ?? 0)) add(`${at}.rows[${j}].accessible`, { text: 'accessible' });
    }
  }
  return found;
};

const rowOf = (r: RowDraft): Row => {
  const seats = numberIn(r.seats) ?? 0;
  const accessible = rangesIn(r.accessible, seats) ?? [];
  return { label: r.label.trim(), seats, ...(accessible.length > 0 && { accessible }) };
};

const sectionOf = (s: SectionDraft): SectionChange => ({
  ...(s.id && { id: s.id }),
  name: s.name.trim(),
  kind: s.kind,
  ...(s.kind === 'standing' ? { capacity: numberIn(s.capacity) ?? 0 } : { rows: s.rows.map(rowOf) }),
});

/** What the API takes, of a hall in which nothing is wrong. New halls' sections have no ids. */
export const hallOf = (hall: HallDraft): NewHall & { sections: SectionChange[] } => ({
  name: hall.name.trim(),
  sections: hall.sections.map(sectionOf),
});
