import { type Band, type Front, gap, type HallPlan, type HallSection, longest, type Point, page, type Shape } from './hallBands';

// Before a stage: each band is a strip across, which bends towards the stage and is as wide as its rows.

const boxy = (band: Band, widest: number): boolean => {
  const [only] = band.sections;
  if (!only || band.sections.length > 1 || only.kind !== 'seated') return false;
  return only.rows.length >= 2 && longest(only) <= 8 && widest >= 3 * longest(only);
};

/** A plan of bands one behind the other. */
export const planBefore = (bands: Band[], front: Front): HallPlan => {
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
  if (sides?.sections[0])
    shapes.push(beside(sides.sections[0], from - bow * 0.8, from + depthOf(strips[0] ?? sides, unit), margin));
  return { width: page, height: Math.max(y + gap, 420), front: stage, shapes };
};

const depthOf = (band: Band, unit: number): number => {
  const [first] = band.sections;
  if (!first || first.kind === 'standing') return 120 + Math.min(120, (first?.capacity ?? 0) / 20);
  const rows = Math.max(...band.sections.map((s) => s.rows.length));
  return Math.min(250, Math.max(86, rows * unit * 0.9));
};

const leastWidth = 120;

/** The sections of a band side by side. */
export const strip = (band: Band, unit: number, y: number, deep: number, bend: (x: number) => number): Shape[] => {
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
export const rowShaped = (
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
    // Between two rows as far as between their lengths.
    const exact = t * (s.rows.length - 1);
    const seats = (r: number) => s.rows[Math.min(s.rows.length - 1, r)]?.seats ?? most;
    const [low, high] = [seats(Math.floor(exact)), seats(Math.ceil(exact))];
    return Math.max(0.35, (low + (high - low) * (exact % 1)) / most);
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
  const outline = [...edge(0, y), ...right, ...edge(1, y + deep).reverse(), ...left];
  return {
    id: s.id,
    parts: [outline],
    labels: [
      { x: x + width / 2, y: y + deep / 2 + bend(x + width / 2), width: width * Math.min(at(0.3), at(0.6)), height: deep },
    ],
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
    labels: [wide / 2, page - wide / 2].map((x) => ({ x, y: (top + bottom) / 2, width: wide, height: bottom - top })),
  };
};
