import type { Row } from '../../api/gen/types.gen';

export type Point = [number, number];

/** What a hall is known by: names, kinds and rows of its sections. Where they are, a hall does not say; this guesses well. */
export interface HallSection {
  id: string;
  name: string;
  kind: 'seated' | 'standing';
  rows: Row[];
  capacity: number;
}

/** The front that all look at. */
export type Front = 'stage' | 'ring' | 'pitch' | 'route';

export interface Label {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Shape {
  id: string;
  /** Its outlines: one, or two where it is on both sides. */
  parts: Point[][];
  /** Where its name has room, in each part. */
  labels: Label[];
}

export interface HallPlan {
  width: number;
  height: number;
  front: { kind: Front; x: number; y: number; width: number; height: number; round: boolean };
  shapes: Shape[];
}

const fronts: Record<string, Front> = { circus: 'ring', sport: 'pitch', carnival: 'route' };

export const frontOf = (category: string): Front => fronts[category] ?? 'stage';

const side =
  /^(left|right|centre|center|middle|north|south|east|west|links|mitte|rechts|nord|süd|ost|gauche|droite|sud|est|ouest|izquierda|centro|derecha|norte|sur|este|oeste|esquerda|direita|sul|leste)$/i;
const enumerator = /^(\d+|\p{L})$/u;

/** What sections of one kind have in common: "block 1" for Block 101 to 124, "sector" for Sector A to L. */
export const familyOf = (name: string): string => {
  const words = name.trim().toLowerCase().split(/\s+/);
  const last = words.at(-1) ?? '';
  if (words.length > 1 && enumerator.test(last)) {
    const hundred = /^\d{3,}$/.test(last) ? ` ${last.slice(0, -2)}` : '';
    return words.slice(0, -1).join(' ') + hundred;
  }
  return words.filter((w) => !side.test(w)).join(' ') || name.toLowerCase();
};

/** How many seats its longest row has. */
export const longest = (s: HallSection): number => Math.max(1, ...s.rows.map((r) => r.seats));

export interface Band {
  sections: HallSection[];
}

/** Sections of one family that follow each other are one band: side by side before a stage, around a ring. */
export const bandsOf = (sections: HallSection[]): Band[] => {
  const bands: (Band & { family: string })[] = [];
  for (const section of sections) {
    const family = section.kind === 'standing' ? section.id : familyOf(section.name);
    const last = bands.at(-1);
    if (last && last.family === family) last.sections.push(section);
    else bands.push({ family, sections: [section] });
  }
  return bands;
};

/** The plan's width; all lengths are in its thousandths. */
export const page = 1000;
export const gap = 12;

/** What tells a section from others of its family: "101" of "Block 101". */
export const shortName = (name: string): string => {
  const words = name.trim().split(/\s+/);
  const last = words.at(-1) ?? name;
  return words.length > 1 && enumerator.test(last) ? last : name;
};
