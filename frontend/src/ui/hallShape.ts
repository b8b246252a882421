import type { Section } from '../api/gen/types.gen';

/** A row of seats in a drawing: where its first seat is, and how many follow to the right at a distance of 1. */
export interface DrawnRow {
  x: number;
  y: number;
  seats: number;
  accessible: readonly number[];
}

export interface DrawnSection {
  name: string;
  kind: Section['kind'];
  x: number;
  y: number;
  width: number;
  height: number;
  rows: DrawnRow[];
}

export interface DrawnHall {
  width: number;
  height: number;
  sections: DrawnSection[];
}

type Sized = { s: Shape; width: number; height: number };
type Shape = Pick<Section, 'name' | 'kind' | 'capacity' | 'rows'>;

const gap = 3; // seats

const sizeOf = (s: Shape): { width: number; height: number } => {
  if (s.kind === 'seated') {
    const rows = s.rows ?? [];
    return { width: Math.max(1, ...rows.map((r) => r.seats)), height: Math.max(1, rows.length) };
  }
  const width = Math.max(8, Math.round(Math.sqrt((s.capacity ?? 1) * 1.2)));
  return { width, height: Math.max(3, Math.round(width * 0.3)) };
};

/** Sections of one kind and about one size are taken for neighbours, such as the blocks of a tier. */
const alike = (a: Sized, b: Sized): boolean =>
  a.s.kind === b.s.kind && Math.min(a.height, b.height) / Math.max(a.height, b.height) > 0.75 && b.width / a.width < 3;

/**
 * Draws a hall as its sections lie from the stage to the back, neighbours side by side while they fit, rows centred.
 * Units are seats. It is a scheme, since halls have no coordinates.
 */
export const drawHall = (sections: readonly Shape[]): DrawnHall => {
  const sized: Sized[] = sections.map((s) => ({ s, ...sizeOf(s) }));
  const widest = Math.max(20, ...sized.map((s) => s.width));
  const bands: Sized[][] = [];
  let used = 0;
  for (const one of sized) {
    const before = bands.at(-1)?.at(-1);
    if (before && alike(before, one) && used + gap + one.width <= widest * 2.5) bands.at(-1)?.push(one);
    else {
      bands.push([one]);
      used = -gap;
    }
    used += gap + one.width;
  }
  const widths = bands.map((band) => band.reduce((n, s) => n + s.width + gap, -gap));
  const width = Math.max(widest, ...widths);
  const drawn: DrawnSection[] = [];
  let y = 0;
  bands.forEach((band, i) => {
    let x = (width - (widths[i] ?? 0)) / 2;
    for (const { s, width: w, height: h } of band) {
      const rows = (s.rows ?? []).map((r, j) => ({
        x: x + (w - r.seats) / 2,
        y: y + j,
        seats: r.seats,
        accessible: r.accessible ?? [],
      }));
      drawn.push({ name: s.name, kind: s.kind, x, y, width: w, height: h, rows: s.kind === 'seated' ? rows : [] });
      x += w + gap;
    }
    y += Math.max(...band.map((s) => s.height)) + gap;
  });
  return { width, height: Math.max(1, y - gap), sections: drawn };
};
