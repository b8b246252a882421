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

export interface Shape {
  id: string;
  /** Its outlines: one, or two where it is on both sides. */
  parts: Point[][];
  /** Where its name has room. */
  label: { x: number; y: number; width: number; height: number };
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

const longest = (s: HallSection): number => Math.max(1, ...s.rows.map((r) => r.seats));

interface Band {
  sections: HallSection[];
}

/** Sections of one family that follow each other are one band: side by side before a stage, around a ring. */
const bandsOf = (sections: HallSection[]): Band[] => {
  const bands: (Band & { family: string })[] = [];
  for (const section of sections) {
    const family = section.kind === 'standing' ? section.id : familyOf(section.name);
    const last = bands.at(-1);
    if (last && last.family === family) last.sections.push(section);
    else bands.push({ family, sections: [section] });
  }
  return bands;
};

const manyAround = 8;

export const planHall = (sections: HallSection[], front: Front): HallPlan => {
  const bands = bandsOf(sections);
  const around = (band: Band) =>
    band.sections.length >= manyAround || ((front === 'ring' || front === 'pitch') && band.sections.length > 2);
  return bands.some(around) ? planAround(bands, front, around) : planBefore(bands, front);
};

const page = 1000;
const gap = 12;

// Before a stage: each band is a strip across, which bends towards the stage and is as wide as its rows.

const boxy = (band: Band, widest: number): boolean => {
  const [only] = band.sections;
  if (!only || band.sections.length > 1 || only.kind !== 'seated') return false;
  return only.rows.length >= 2 && longest(only) <= 8 && widest >= 3 * longest(only);
};

const planBefore = (bands: Band[], front: Front): HallPlan => {
  const widthOf = (band: Band) => band.sections.reduce((n, s) => n + longest(s), 0);
  const seated = bands.filter((b) => b.sections[0]?.kind === 'seated');
  const widest = Math.max(1, ...seated.map(widthOf));
  const sides = bands.find((b) => boxy(b, widest));
  const strips = bands.filter((b) => b !== sides);
  const margin = sides ? 110 : 20;
  const unit = (page - 2 * margin) / widest;
  const bow = front === 'route' || seated.length === 0 ? 0 : 46;
  const bend = (x: number) => -bow * ((x - page / 2) / (page / 2)) ** 2;
  const stage = { kind: front, x: page * 0.25, y: 0, width: page * 0.5, height: 72, round: false };
  const shapes: Shape[] = [];
  let y = stage.height + gap * 3 + bow * 0.6;
  const from = y;
  for (const band of strips) {
    const deep = depthOf(band, unit);
    shapes.push(...strip(band, unit, y, deep, bend));
    y += deep + gap;
  }
  if (sides?.sections[0]) shapes.push(beside(sides.sections[0], from - bow * 0.8, y - gap - bow * 0.8, margin));
  return { width: page, height: Math.max(y + gap, 420), front: stage, shapes: inOrder(shapes, bands) };
};

const depthOf = (band: Band, unit: number): number => {
  const [first] = band.sections;
  if (!first || first.kind === 'standing') return 120 + Math.min(120, (first?.capacity ?? 0) / 20);
  const rows = Math.max(...band.sections.map((s) => s.rows.length));
  return Math.min(330, Math.max(86, rows * unit * 1.1));
};

const leastWidth = 120;

const strip = (band: Band, unit: number, y: number, deep: number, bend: (x: number) => number): Shape[] => {
  const whole = band.sections.length === 1;
  const widths = band.sections.map((s) => {
    if (s.kind === 'standing') return page * 0.8;
    return Math.max(whole ? 220 : leastWidth, longest(s) * unit - (whole ? 0 : gap));
  });
  const sum = widths.reduce((n, w) => n + w, 0) + gap * (widths.length - 1);
  const squeeze = Math.min(1, (page - 20) / sum);
  let x = page / 2 - (sum * squeeze) / 2;
  return band.sections.map((section, i) => {
    const width = (widths[i] ?? 0) * squeeze;
    const shape = rowShaped(section, x, y, width, deep, bend, whole);
    x += width + gap * squeeze;
    return shape;
  });
};

const samples = 12;

/** An outline whose sides follow its rows, from the first to the last. */
const rowShaped = (
  s: HallSection,
  x: number,
  y: number,
  width: number,
  deep: number,
  bend: (x: number) => number,
  whole: boolean,
): Shape => {
  const most = longest(s);
  const at = (t: number) => {
    if (s.kind === 'standing' || !whole || most < 10) return 1;
    const row = s.rows[Math.min(s.rows.length - 1, Math.floor(t * s.rows.length))];
    return Math.max(0.35, (row?.seats ?? most) / most);
  };
  const left: Point[] = [];
  const right: Point[] = [];
  const edge = (t: number, from: number): Point[] =>
    Array.from({ length: samples + 1 }, (_, i) => {
      const span = width * at(t);
      const px = x + (width - span) / 2 + (span * i) / samples;
      return [px, from + bend(px)];
    });
  for (let i = 1; i < samples; i += 1) {
    const t = i / samples;
    const span = width * at(t);
    const l = x + (width - span) / 2;
    left.unshift([l, y + t * deep + bend(l)]);
    right.push([l + span, y + t * deep + bend(l + span)]);
  }
  const outline = [...edge(0, y), ...right, ...edge(0.999, y + deep).reverse(), ...left];
  return {
    id: s.id,
    parts: [outline],
    label: { x: x + width / 2, y: y + deep / 2 + bend(x + width / 2), width: width * Math.min(at(0.3), at(0.6)), height: deep },
  };
};

const beside = (s: HallSection, top: number, bottom: number, margin: number): Shape => {
  const wide = margin - gap * 2;
  const box = (x: number): Point[] => [
    [x, top],
    [x + wide, top],
    [x + wide, bottom],
    [x, bottom],
  ];
  return {
    id: s.id,
    parts: [box(0), box(page - wide)],
    label: { x: wide / 2, y: (top + bottom) / 2, width: wide, height: bottom - top },
  };
};

const inOrder = (shapes: Shape[], bands: Band[]): Shape[] => {
  const order = bands.flatMap((b) => b.sections.map((s) => s.id));
  return shapes.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
};

// Around: bands are rings from the inside to the outside, open above where there is a stage.

const stretch = 1.16; // halls are longer than wide
const inner = 0.4;

const planAround = (bands: Band[], front: Front, around: (b: Band) => boolean): HallPlan => {
  const floors = bands.filter((b) => b.sections[0]?.kind === 'standing');
  const rings = bands.filter((b) => b.sections[0]?.kind === 'seated' && (around(b) || front === 'ring'));
  const rest = bands.filter((b) => !floors.includes(b) && !rings.includes(b));
  const open = front === 'stage' ? 0.62 : 0; // half of the gap, in radians
  const radius = page / 2 / stretch;
  const centre: Point = [page / 2, radius];
  const shapes: Shape[] = [];
  const centreEmpty = floors.length === 0;
  const start = centreEmpty ? inner * 0.8 : inner;
  const share = (1 - start) / rings.length;
  rings.forEach((band, i) => {
    const from = radius * (start + share * i) + gap / 2;
    const to = radius * (start + share * (i + 1)) - gap / 2;
    shapes.push(...ring(band, centre, from, to, open));
  });
  const hole = radius * start - gap;
  const boxWidth = hole * stretch * 1.3;
  const boxHeight = hole * 1.05;
  const stage =
    front === 'stage'
      ? {
          kind: front,
          x: page / 2 - boxWidth * 0.42,
          y: 0,
          width: boxWidth * 0.84,
          height: radius - boxHeight / 2 - gap * 1.5,
          round: false,
        }
      : {
          kind: front,
          x: page / 2 - hole * stretch * 0.55,
          y: radius - hole * 0.5,
          width: hole * stretch * 1.1,
          height: hole,
          round: front === 'ring',
        };
  if (front === 'stage') stage.height = Math.min(stage.height, 130);
  const top = front === 'stage' ? stage.height + gap : radius - boxHeight / 2;
  const bottom = radius + hole * 0.72;
  floors.forEach((band, i) => {
    const [section] = band.sections;
    if (!section) return;
    if (front === 'stage') {
      const deep = (bottom - top - gap * (floors.length - 1)) / floors.length;
      shapes.push(rowShaped(section, page / 2 - boxWidth / 2, top + i * (deep + gap), boxWidth, deep, () => 0, false));
      return;
    }
    // Around a ring or a pitch people stand at its side, not on it.
    const deep = hole * 0.5;
    shapes.push(
      rowShaped(
        section,
        page / 2 - boxWidth / 2,
        radius + hole * 0.58 - deep / 2 + i * (deep + gap) - gap,
        boxWidth * 0.98,
        deep * 0.8,
        () => 0,
        false,
      ),
    );
  });
  if (front !== 'stage' && floors.length > 0) {
    stage.y = radius - hole * 0.86;
    stage.height = hole * 1.1;
  }
  let y = radius * 2 + gap;
  for (const band of rest) {
    shapes.push(...strip(band, (page - 40) / Math.max(30, ...band.sections.map(longest)), y, 110, () => 0));
    y += 110 + gap;
  }
  return { width: page, height: y, front: stage, shapes: inOrder(shapes, bands) };
};

const ring = (band: Band, [cx, cy]: Point, from: number, to: number, open: number): Shape[] => {
  const weights = band.sections.map((s) => Math.max(longest(s), 4));
  const sum = weights.reduce((n, w) => n + w, 0);
  const alone = band.sections.length === 1;
  const whole = Math.PI * 2 - open * 2;
  // The first of a ring stands at the top, or right of the stage; clockwise.
  let angle = -Math.PI / 2 + (open || alone ? open : (-whole * (weights[0] ?? 0)) / sum / 2);
  const spacing = alone ? 0 : gap / 2 / to;
  const at = (a: number, r: number): Point => [cx + Math.cos(a) * r * stretch, cy + Math.sin(a) * r];
  return band.sections.map((section, i) => {
    const span = (whole * (weights[i] ?? 0)) / sum;
    const [a, b] = [angle + spacing, angle + span - spacing];
    angle += span;
    const steps = Math.max(4, Math.ceil((b - a) * 12));
    const arc = (r: number) => Array.from({ length: steps + 1 }, (_, k) => at(a + ((b - a) * k) / steps, r));
    const middle = alone && !open ? Math.PI / 2 : (a + b) / 2;
    const [x, y] = at(middle, (from + to) / 2);
    const deep = to - from;
    const along = (b - a) * ((from + to) / 2);
    const upright = Math.abs(Math.sin(middle));
    return {
      id: section.id,
      parts: [[...arc(to), ...arc(from).reverse()]],
      label: {
        x,
        y,
        width: Math.min(along * 1.2, deep * stretch * (1 - upright) + along * upright),
        height: Math.min(along, deep * upright + along * (1 - upright)),
      },
    };
  });
};

/** What tells a section from others of its family: "101" of "Block 101". */
export const shortName = (name: string): string => {
  const words = name.trim().split(/\s+/);
  const last = words.at(-1) ?? name;
  return words.length > 1 && enumerator.test(last) ? last : name;
};
