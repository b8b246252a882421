import { type Camera, toView, type View } from './camera';
import type { Palette } from './palette';
import { labelAt, rowsWithin, type SeatPlan } from './seatPlan';
import { free, held, isAccessible, type SeatTable } from './seatTable';

/** All that a picture of a section is made from. */
export interface Picture {
  table: SeatTable;
  plan: SeatPlan;
  camera: Camera;
  view: View;
  /** Device pixels per CSS pixel. */
  ratio: number;
  palette: Palette;
  /** What stands in front, in the reader's language. */
  front: string;
  /** A seat's number in the reader's digits. */
  numeral: (n: number) => string;
  /** Everything but wheelchair places steps back. */
  accessibleOnly: boolean;
}

/** Where canvases come from; tests have none. */
export type MakeCanvas = () => HTMLCanvasElement;

type Kind = 'free' | 'freeAccessible' | 'held' | 'gone' | 'aside' | 'chosen' | 'chosenAccessible';
type Sprites = Record<Kind, HTMLCanvasElement>;

const numbered = 21; // pixels per seat from which its number is legible
const share = 0.82; // of its place that a seat fills

const kindOf = ({ table, accessibleOnly }: Picture, i: number): Kind => {
  const state = table.state[i];
  const accessible = isAccessible(table, i);
  if (accessibleOnly && !accessible) return 'aside';
  if (state === free) return accessible ? 'freeAccessible' : 'free';
  return state === held ? 'held' : 'gone';
};

const box = (c: CanvasRenderingContext2D, at: number, size: number, radius: number) => {
  c.beginPath();
  c.roundRect(at, at, size, size, radius);
};

const check = (c: CanvasRenderingContext2D, m: number, s: number) => {
  c.beginPath();
  c.moveTo(m - s * 0.26, m + s * 0.02);
  c.lineTo(m - s * 0.06, m + s * 0.22);
  c.lineTo(m + s * 0.28, m - s * 0.2);
  c.stroke();
};

/** A wheelchair: head, body and wheel, as simple as a few pixels allow. */
const wheelchair = (c: CanvasRenderingContext2D, m: number, s: number) => {
  c.beginPath();
  c.arc(m - s * 0.08, m - s * 0.3, s * 0.06, 0, Math.PI * 2);
  c.fill();
  c.beginPath();
  c.moveTo(m - s * 0.08, m - s * 0.18);
  c.lineTo(m - s * 0.06, m + s * 0.04);
  c.lineTo(m + s * 0.14, m + s * 0.04);
  c.lineTo(m + s * 0.24, m + s * 0.26);
  c.moveTo(m - s * 0.14, m - s * 0.04);
  c.arc(m - s * 0.02, m + s * 0.13, s * 0.17, -Math.PI * 0.75, Math.PI * 0.28, true);
  c.stroke();
};

const drawKind = (c: CanvasRenderingContext2D, kind: Kind, edge: number, s: number, p: Palette) => {
  const m = edge / 2;
  const size = s * share;
  const at = m - size / 2;
  const small = s < 10;
  c.lineCap = 'round';
  c.lineJoin = 'round';
  switch (kind) {
    case 'free':
    case 'freeAccessible':
      c.fillStyle = p.tier;
      box(c, at, size, kind === 'free' ? size * 0.26 : size / 2);
      c.fill();
      if (kind === 'freeAccessible' && !small) {
        c.fillStyle = c.strokeStyle = p.onTier;
        c.lineWidth = Math.max(1, s * 0.07);
        wheelchair(c, m, s);
      }
      return;
    case 'held':
      c.strokeStyle = p.edge;
      c.lineWidth = Math.max(0.75, s * 0.06);
      box(c, at + size * 0.12, size * 0.76, size * 0.2);
      c.stroke();
      return;
    case 'gone':
      c.strokeStyle = p.edge;
      c.globalAlpha = p.plain ? 1 : 0.75;
      c.lineWidth = Math.max(0.6, s * 0.07);
      c.beginPath();
      c.moveTo(m - size * 0.2, m - size * 0.2);
      c.lineTo(m + size * 0.2, m + size * 0.2);
      c.moveTo(m + size * 0.2, m - size * 0.2);
      c.lineTo(m - size * 0.2, m + size * 0.2);
      c.stroke();
      return;
    case 'aside':
      c.fillStyle = p.edge;
      c.globalAlpha = p.plain ? 1 : 0.45;
      c.beginPath();
      c.arc(m, m, size * 0.12, 0, Math.PI * 2);
      c.fill();
      return;
    default:
      c.fillStyle = p.text;
      box(c, at - size * 0.06, size * 1.12, kind === 'chosen' ? size * 0.28 : size * 0.56);
      c.fill();
      c.strokeStyle = p.ground;
      c.lineWidth = Math.max(1.2, s * 0.1);
      check(c, m, s * 0.95);
  }
};

const kinds: Kind[] = ['free', 'freeAccessible', 'held', 'gone', 'aside', 'chosen', 'chosenAccessible'];

/** Paints pictures; it keeps one little image of each kind of seat, since copying pixels is quicker than drawing shapes. */
export class Painter {
  private sprites: Sprites | undefined;
  private made: { scale: number; ratio: number; palette: Palette } | undefined;
  private readonly makeCanvas: MakeCanvas;

  constructor(makeCanvas: MakeCanvas = () => document.createElement('canvas')) {
    this.makeCanvas = makeCanvas;
  }

  /** Paints everything that is in view. */
  all(c: CanvasRenderingContext2D, picture: Picture): void {
    const { table, plan, camera, view, ratio, palette } = picture;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, Math.ceil(view.width * ratio), Math.ceil(view.height * ratio));
    const [first, last] = rowsWithin(plan, table, camera.y, camera.y + view.height / camera.scale);
    const from = camera.x - 1;
    const to = camera.x + view.width / camera.scale + 1;
    const sprites = this.ready(picture);
    for (let r = first; r <= last; r += 1) {
      const row = table.rows[r];
      if (!row) continue;
      const half = (row.count - 1) / 2;
      const start = Math.max(0, Math.floor(from + half));
      const end = Math.min(row.count - 1, Math.ceil(to + half));
      for (let s = start; s <= end; s += 1) this.put(c, picture, sprites[kindOf(picture, row.start + s)], row.start + s);
    }
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.words(c, picture, first, last, from, to);
    this.front(c, picture);
    c.fillStyle = palette.text;
  }

  /** Paints some seats anew, in a picture that is otherwise as it was. */
  some(c: CanvasRenderingContext2D, picture: Picture, seats: number[]): void {
    const { plan, camera, view, ratio } = picture;
    const sprites = this.ready(picture);
    const size = camera.scale * 0.98;
    for (const i of seats) {
      const [x, y] = toView(camera, plan.x[i] ?? 0, plan.y[i] ?? 0);
      if (x < -size || y < -size || x > view.width + size || y > view.height + size) continue;
      c.setTransform(ratio, 0, 0, ratio, 0, 0);
      c.clearRect(x - size / 2, y - size / 2, size, size);
      c.setTransform(1, 0, 0, 1, 0, 0);
      this.put(c, picture, sprites[kindOf(picture, i)], i);
      c.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.number(c, picture, i);
    }
  }

  /** Paints what lies above the seats: which are chosen, which has the focus, and which is pointed at. */
  marks(c: CanvasRenderingContext2D, picture: Picture, chosen: Iterable<number>, focus: number, hover: number): void {
    const { table, view, ratio, palette } = picture;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.clearRect(0, 0, Math.ceil(view.width * ratio), Math.ceil(view.height * ratio));
    const sprites = this.ready(picture);
    for (const i of chosen) this.put(c, picture, sprites[isAccessible(table, i) ? 'chosenAccessible' : 'chosen'], i);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (hover >= 0) this.ringAround(c, picture, hover, palette.text, 2);
    if (focus < 0) return;
    this.ringAround(c, picture, focus, palette.ground, 7);
    this.ringAround(c, picture, focus, palette.accent, 3.5);
  }

  private ringAround(c: CanvasRenderingContext2D, { plan, camera }: Picture, i: number, colour: string, width: number): void {
    const [x, y] = toView(camera, plan.x[i] ?? 0, plan.y[i] ?? 0);
    const half = Math.max(camera.scale * 0.5, 6) + 1;
    c.strokeStyle = colour;
    c.lineWidth = width;
    c.beginPath();
    c.roundRect(x - half, y - half, half * 2, half * 2, half * 0.4);
    c.stroke();
  }

  private put(c: CanvasRenderingContext2D, { plan, camera, ratio }: Picture, sprite: HTMLCanvasElement, i: number): void {
    // Whole device pixels: a copied image stays sharp, and copying is quickest.
    const x = Math.round(((plan.x[i] ?? 0) - camera.x) * camera.scale * ratio - sprite.width / 2);
    const y = Math.round(((plan.y[i] ?? 0) - camera.y) * camera.scale * ratio - sprite.height / 2);
    c.drawImage(sprite, x, y);
  }

  private words(c: CanvasRenderingContext2D, picture: Picture, first: number, last: number, from: number, to: number): void {
    const { table, plan, camera, palette } = picture;
    const size = Math.min(15, camera.scale * 0.62);
    c.textBaseline = 'middle';
    const every = Math.max(1, Math.ceil(9 / camera.scale)); // where rows are dense, some labels stand for all
    c.font = `600 ${Math.max(size, Math.min(11, camera.scale * every * 0.8))}px system-ui, sans-serif`;
    c.fillStyle = palette.quiet;
    for (let r = first; r <= last; r += 1) {
      if (r % every) continue;
      for (const end of [-1, 1] as const) {
        const at = labelAt(plan, table, r, end);
        const [x, y] = toView(camera, at.x, at.y);
        c.textAlign = end < 0 ? 'right' : 'left';
        c.fillText(table.rows[r]?.label ?? '', x, y);
      }
    }
    if (camera.scale < numbered) return;
    for (let r = first; r <= last; r += 1) {
      const row = table.rows[r];
      if (!row) continue;
      const half = (row.count - 1) / 2;
      const end = Math.min(row.count - 1, Math.ceil(to + half));
      for (let s = Math.max(0, Math.floor(from + half)); s <= end; s += 1) this.number(c, picture, row.start + s);
    }
  }

  private number(c: CanvasRenderingContext2D, picture: Picture, i: number): void {
    const { table, plan, camera, palette } = picture;
    if (camera.scale < numbered || kindOf(picture, i) !== 'free') return;
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    c.font = `600 ${Math.min(15, camera.scale * 0.4)}px system-ui, sans-serif`;
    c.fillStyle = palette.onTier;
    const [x, y] = toView(camera, plan.x[i] ?? 0, plan.y[i] ?? 0);
    c.fillText(picture.numeral(table.number[i] ?? 0), x, y + 0.5);
  }

  private front(c: CanvasRenderingContext2D, { plan, camera, palette, front, table }: Picture): void {
    const half = Math.min(Math.max(3, table.widest * 0.32), 60);
    const [left, y] = toView(camera, -half, plan.top + 0.45);
    const [right] = toView(camera, half, 0);
    const high = Math.max(14, Math.min(camera.scale * 1.2, 34));
    c.fillStyle = palette.quiet;
    c.globalAlpha = palette.plain ? 1 : 0.22;
    c.beginPath();
    c.roundRect(left, y, right - left, high, [high * 0.2, high * 0.2, high * 0.6, high * 0.6]);
    if (palette.plain) {
      c.strokeStyle = palette.text;
      c.stroke();
    } else c.fill();
    c.globalAlpha = 1;
    c.fillStyle = palette.text;
    c.textAlign = 'center';
    c.textBaseline = 'middle';
    c.font = `600 ${Math.min(14, high * 0.62)}px system-ui, sans-serif`;
    c.fillText(front, (left + right) / 2, y + high / 2);
  }

  private ready({ camera, ratio, palette }: Picture): Sprites {
    const { made } = this;
    if (this.sprites && made?.scale === camera.scale && made.ratio === ratio && made.palette === palette) return this.sprites;
    const edge = Math.max(2, Math.ceil(camera.scale * ratio * 1.1));
    this.sprites = Object.fromEntries(
      kinds.map((kind) => {
        const canvas = this.makeCanvas();
        canvas.width = edge;
        canvas.height = edge;
        const c = canvas.getContext('2d');
        if (c) drawKind(c, kind, edge, camera.scale * ratio, palette);
        return [kind, canvas];
      }),
    ) as Sprites;
    this.made = { scale: camera.scale, ratio, palette };
    return this.sprites;
  }
}
