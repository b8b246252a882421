import { type Band, type Front, gap, type HallPlan, longest, type Point, page, type Shape } from './hallBands';
import { rowShaped, strip } from './hallBefore';

const stretch = 1.16; // halls are longer than wide
const inner = 0.4;

/** A plan of rings around what all look at, those who stand within. */
export const planAround = (bands: Band[], front: Front, around: (b: Band) => boolean): HallPlan => {
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
  const { stage, floor } = front === 'stage' ? stageBefore(radius, hole) : frontWithin(front, radius, hole, floors.length > 0);
  floors.forEach((band, i) => {
    const deep = (floor.height - gap * (floors.length - 1)) / floors.length;
    for (const s of band.sections) {
      shapes.push(rowShaped(s, floor.x, floor.y + i * (deep + gap), floor.width, deep, () => 0, false));
    }
  });
  let y = radius * 2 + gap;
  for (const band of rest) {
    shapes.push(...strip(band, (page - 40) / Math.max(30, ...band.sections.map(longest)), y, 110, () => 0));
    y += 110 + gap;
  }
  return { width: page, height: y, front: stage, shapes };
};

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

const centred = (width: number, y: number, height: number): Box => ({ x: page / 2 - width / 2, y, width, height });

/** A stage at the open end of the rings, and the floor between it and them. */
const stageBefore = (radius: number, hole: number) => {
  const width = hole * stretch * 1.3;
  const deep = Math.min(130, radius - hole * 0.52 - gap * 1.5);
  const floor = centred(width, deep + gap, radius + hole * 0.72 - deep - gap);
  return { stage: { kind: 'stage' as const, ...centred(width * 0.84, 0, deep), round: false }, floor };
};

/** A ring or a pitch in the middle; who stands, stands at its side. */
const frontWithin = (kind: Front, radius: number, hole: number, standing: boolean) => {
  const width = hole * stretch * (standing ? 1.3 : 1.2);
  const deep = hole * (standing ? 0.85 : 1.1);
  const top = radius - (standing ? hole * 0.68 : deep / 2);
  const floor = centred(width, top + deep + gap, hole * 0.42);
  return { stage: { kind, ...centred(width, top, deep), round: kind === 'ring' }, floor };
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
    // How far one comes from the middle sideways and upwards, with something to spare for corners.
    const [up, aside] = [Math.abs(Math.sin(middle)), Math.abs(Math.cos(middle))];
    const reach = (tangential: number, radial: number) =>
      0.8 * Math.min(along / Math.max(tangential, 0.01), deep / Math.max(radial, 0.01));
    return {
      id: section.id,
      parts: [[...arc(to), ...arc(from).reverse()]],
      labels: [{ x, y, width: reach(up, aside) * stretch, height: reach(aside, up) }],
    };
  });
};
