import {
  type Camera,
  centreOn,
  closeScale,
  isFit,
  mostScale,
  panBy,
  reveal,
  tapScale,
  toPlan,
  toView,
  type View,
  whole,
  zoomAt,
} from './camera';
import { Painter, type Picture } from './painter';
import { onPalette, type Palette, readPalette } from './palette';
import { hit, planOf, type SeatPlan } from './seatPlan';
import { changes, type SeatTable, sameLayout } from './seatTable';

/** What a scene tells whoever shows it. */
export interface SceneListener {
  /** A seat was tapped that is large enough to be meant. */
  onTap(seat: number): void;
  /** The seat under the mouse and where it is in the view; -1: none. */
  onHover(seat: number, x: number, y: number): void;
  onZoom(state: { atLeast: boolean; atMost: boolean }): void;
}

/** How a picture is put: words, digits, and what steps back. */
export type Dress = Pick<Picture, 'front' | 'accessibleOnly' | 'numeral'>;

interface Parts {
  host: HTMLElement;
  seats: HTMLCanvasElement;
  marks: HTMLCanvasElement;
}

const zoomStep = 1.6;
const legible = 18; // pixels per seat
const moveTime = 180; // milliseconds

/** The picture of a section on two canvases, one for seats and one for what changes with every key: focus, choice, pointer. */
export class Scene {
  plan: SeatPlan;
  camera: Camera;
  private table: SeatTable;
  private view: View = { width: 0, height: 0 };
  private ratio = 1;
  private palette: Palette;
  private dressed: Dress = { front: '', accessibleOnly: false, numeral: String };
  private chosen: ReadonlySet<number> = new Set();
  private focus = -1;
  private hover = -1;
  private readonly painter = new Painter();
  private readonly parts: Parts;
  private readonly listener: SceneListener;
  private frame = 0;
  private dirty: 'nothing' | 'marks' | 'all' = 'nothing';
  private moving: { from: Camera; to: Camera; since: number } | undefined;
  private told = '';
  private readonly stopPalette: () => void;
  private readonly observer: ResizeObserver;

  constructor(parts: Parts, table: SeatTable, listener: SceneListener) {
    this.parts = parts;
    this.table = table;
    this.listener = listener;
    this.plan = planOf(table);
    this.camera = { scale: 1, x: 0, y: 0 };
    this.palette = readPalette(parts.host);
    this.stopPalette = onPalette(() => {
      this.palette = readPalette(this.parts.host);
      this.paint('all');
    });
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(parts.host);
    this.measure();
  }

  end(): void {
    cancelAnimationFrame(this.frame);
    this.observer.disconnect();
    this.stopPalette();
  }

  /** Other data: only seats that differ are painted, unless the hall itself is another. */
  show(table: SeatTable): void {
    const before = this.table;
    if (before === table) return;
    this.table = table;
    if (!sameLayout(before, table)) {
      this.plan = planOf(table);
      this.camera = whole(this.plan, this.view);
      this.paint('all');
      return;
    }
    const changed = changes(before, table);
    const context = this.parts.seats.getContext('2d');
    if (!context || changed.length === 0 || this.dirty === 'all') return;
    if (changed.length > table.size / 4) this.paint('all');
    else this.painter.some(context, this.picture(), changed);
  }

  dress(dress: Dress): void {
    this.dressed = dress;
    this.paint('all');
  }

  choose(chosen: ReadonlySet<number>): void {
    this.chosen = chosen;
    this.paint('marks');
  }

  /** Marks the seat that has the keyboard's focus, at once, and brings it into view; -1: none has. */
  focusOn(seat: number): void {
    this.focus = seat;
    if (seat >= 0) {
      const target = this.moving?.to ?? this.camera;
      const next = reveal(target, this.plan.x[seat] ?? 0, this.plan.y[seat] ?? 0, this.plan, this.view);
      if (next !== target) {
        this.moving = undefined;
        this.camera = next;
        this.now('all');
        return;
      }
    }
    this.now('marks');
  }

  zoomBy(steps: number): void {
    const { width, height } = this.view;
    const [x, y] =
      this.focus >= 0 ? toView(this.camera, this.plan.x[this.focus] ?? 0, this.plan.y[this.focus] ?? 0) : [width / 2, height / 2];
    const from = this.moving?.to ?? this.camera;
    this.goTo(zoomAt(from, from.scale * zoomStep ** steps, x, y, this.plan, this.view));
  }

  showAll(): void {
    this.goTo(whole(this.plan, this.view));
  }

  /** Brings seats into the middle, large enough to be told apart. */
  lookAt(seats: number[]): void {
    if (seats.length === 0 || !this.view.width) return;
    const middle = (of: Float32Array) => seats.reduce((sum, i) => sum + (of[i] ?? 0), 0) / seats.length;
    const scale = Math.max(this.camera.scale, Math.min(legible, this.view.width / (seats.length + 4)));
    this.goTo(centreOn(scale, middle(this.plan.x), middle(this.plan.y), this.plan, this.view));
  }

  /** Where one finger shall scroll the page: everything is in view already. */
  get isFit(): boolean {
    return isFit(this.camera, this.plan, this.view);
  }

  panBy(dx: number, dy: number): void {
    this.set(panBy(this.camera, dx, dy, this.plan, this.view));
  }

  zoomAt(factor: number, px: number, py: number): void {
    this.set(zoomAt(this.camera, this.camera.scale * factor, px, py, this.plan, this.view));
  }

  tap(px: number, py: number, by: 'touch' | 'mouse'): void {
    const [x, y] = toPlan(this.camera, px, py);
    if (this.camera.scale < Math.min(tapScale[by], mostScale)) {
      this.goTo(centreOn(closeScale, x, y, this.plan, this.view));
      return;
    }
    const seat = hit(this.plan, this.table, x, y);
    if (seat >= 0) this.listener.onTap(seat);
  }

  point(px: number, py: number): void {
    const seat = px < 0 ? -1 : hit(this.plan, this.table, ...toPlan(this.camera, px, py));
    if (seat === this.hover) return;
    this.hover = seat;
    const [x, y] = seat < 0 ? [0, 0] : toView(this.camera, this.plan.x[seat] ?? 0, this.plan.y[seat] ?? 0);
    this.listener.onHover(seat, x, y);
    this.paint('marks');
  }

  private set(camera: Camera): void {
    this.moving = undefined;
    this.camera = camera;
    this.paint('all');
  }

  private goTo(to: Camera): void {
    if (window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      this.set(to);
      return;
    }
    this.moving = { from: this.camera, to, since: performance.now() };
    this.paint('all');
  }

  private step(): void {
    if (!this.moving) return;
    const { from, to, since } = this.moving;
    const t = Math.min(1, (performance.now() - since) / moveTime);
    const s = 1 - (1 - t) ** 3;
    // Scales multiply: half of the way from 4 to 16 is 8.
    const scale = from.scale * (to.scale / from.scale) ** s;
    const along = (a: number, b: number, seen: number) => {
      const [ca, cb] = [a + seen / from.scale / 2, b + seen / to.scale / 2];
      return ca + (cb - ca) * s - seen / scale / 2;
    };
    this.camera = t >= 1 ? to : { scale, x: along(from.x, to.x, this.view.width), y: along(from.y, to.y, this.view.height) };
    if (t >= 1) this.moving = undefined;
  }

  private measure(): void {
    const { clientWidth: width, clientHeight: height } = this.parts.host;
    const ratio = window.devicePixelRatio || 1;
    if (!width || !height) return;
    if (width === this.view.width && height === this.view.height && ratio === this.ratio) return;
    const wasFit = !this.view.width || this.isFit;
    this.view = { width, height };
    this.ratio = ratio;
    for (const canvas of [this.parts.seats, this.parts.marks]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    this.moving = undefined;
    this.camera = wasFit ? whole(this.plan, this.view) : panBy(this.camera, 0, 0, this.plan, this.view);
    this.now('all');
  }

  private paint(what: 'marks' | 'all'): void {
    if (this.dirty !== 'all') this.dirty = what;
    if (!this.frame) this.frame = requestAnimationFrame(() => this.now(this.dirty === 'all' ? 'all' : 'marks'));
  }

  private now(what: 'marks' | 'all'): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const all = what === 'all' || this.dirty === 'all';
    this.dirty = 'nothing';
    if (!this.view.width) return;
    if (all) this.step();
    const picture = this.picture();
    const seats = this.parts.seats.getContext('2d');
    const marks = this.parts.marks.getContext('2d');
    if (all && seats) this.painter.all(seats, picture);
    if (marks) this.painter.marks(marks, picture, this.chosen, this.focus, this.hover);
    if (all) this.tell();
    if (this.moving) this.paint('all');
  }

  private tell(): void {
    const state = { atLeast: this.isFit, atMost: this.camera.scale >= mostScale * 0.999 };
    const text = `${state.atLeast}${state.atMost}`;
    if (text === this.told) return;
    this.told = text;
    this.listener.onZoom(state);
  }

  private picture(): Picture {
    const { table, plan, camera, view, ratio, palette, dressed } = this;
    return { table, plan, camera, view, ratio, palette, ...dressed };
  }
}
