/** What gestures on the map do. */
export interface Gestured {
  readonly isFit: boolean;
  panBy(dx: number, dy: number): void;
  zoomAt(factor: number, x: number, y: number): void;
  tap(x: number, y: number, by: 'touch' | 'mouse'): void;
  point(x: number, y: number): void;
}

const slop = 6; // pixels that a tap may move

/**
 * Wheel and pinch zoom, dragging pans, a tap chooses. While all of the map is in view, a wheel that would make it smaller
 * scrolls the page; so does a finger, by the element's touch-action.
 */
export const listen = (element: HTMLElement, to: Gestured): (() => void) => {
  const fingers = new Map<number, { x: number; y: number }>();
  let dragged = false;
  let start = { x: 0, y: 0 };

  const at = (e: MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: e.clientX - box.left, y: e.clientY - box.top };
  };
  const spread = () => {
    const [a, b] = [...fingers.values()];
    if (!a || !b) return undefined;
    return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, far: Math.hypot(a.x - b.x, a.y - b.y) };
  };

  const down = (e: PointerEvent) => {
    if (e.button !== 0) return;
    const p = at(e);
    fingers.set(e.pointerId, p);
    if (fingers.size === 1) {
      dragged = false;
      start = p;
    } else dragged = true;
  };

  const moved = (e: PointerEvent) => {
    const p = at(e);
    const before = fingers.get(e.pointerId);
    if (!before) {
      if (e.pointerType === 'mouse') to.point(p.x, p.y);
      return;
    }
    const pinch = spread();
    if (!dragged && Math.hypot(p.x - start.x, p.y - start.y) > slop) {
      dragged = true;
      element.setPointerCapture?.(e.pointerId);
      to.point(-1, -1);
    }
    fingers.set(e.pointerId, p);
    const now = spread();
    if (pinch && now) {
      to.panBy(now.x - pinch.x, now.y - pinch.y);
      if (pinch.far > 0) to.zoomAt(now.far / pinch.far, now.x, now.y);
    } else if (dragged) to.panBy(p.x - before.x, p.y - before.y);
  };

  const up = (e: PointerEvent) => {
    if (!fingers.delete(e.pointerId)) return;
    if (e.type === 'pointerup' && !dragged) to.tap(start.x, start.y, e.pointerType === 'mouse' ? 'mouse' : 'touch');
  };

  const wheel = (e: WheelEvent) => {
    const smaller = e.deltaY > 0;
    if (!e.ctrlKey && to.isFit && smaller) return;
    e.preventDefault();
    const p = at(e);
    const pixels = e.deltaMode === 1 ? e.deltaY * 30 : e.deltaY;
    to.zoomAt(Math.exp(-Math.max(-120, Math.min(120, pixels)) * (e.ctrlKey ? 0.01 : 0.0025)), p.x, p.y);
  };

  const left = () => to.point(-1, -1);

  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', moved);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('pointerleave', left);
  element.addEventListener('wheel', wheel, { passive: false });
  return () => {
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', moved);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointercancel', up);
    element.removeEventListener('pointerleave', left);
    element.removeEventListener('wheel', wheel);
  };
};
