import type { SeatPlan } from './seatPlan';

/** What of a plan is in view: pixels per unit, and the plan's point in the view's corner. */
export interface Camera {
  scale: number;
  x: number;
  y: number;
}

export interface View {
  width: number;
  height: number;
}

/** Pixels of one seat at most, and the least where all that fits is still more than dust. */
export const mostScale = 48;
const leastScale = 2;

/** A finger wants targets of 24 px at least, a mouse half of that. */
export const tapScale = { touch: 26, mouse: 12 };
export const closeScale = 36;

export const fitScale = (plan: SeatPlan, view: View): number =>
  Math.min(mostScale, Math.max(leastScale, Math.min(view.width / plan.width, view.height / plan.height)));

/** Keeps a plan in view: centred where it is smaller, without gaps at its edges where it is larger. */
export const clamp = (camera: Camera, plan: SeatPlan, view: View): Camera => {
  const least = fitScale(plan, view);
  const scale = Math.min(mostScale, Math.max(least, camera.scale));
  const along = (at: number, start: number, size: number, seen: number) =>
    size <= seen ? start - (seen - size) / 2 : Math.min(start + size - seen, Math.max(start, at));
  return {
    scale,
    x: along(camera.x, plan.left, plan.width, view.width / scale),
    y: along(camera.y, plan.top, plan.height, view.height / scale),
  };
};

export const whole = (plan: SeatPlan, view: View): Camera => {
  const scale = fitScale(plan, view);
  return clamp({ scale, x: plan.left + (plan.width - view.width / scale) / 2, y: plan.top }, plan, view);
};

/** Whether everything is in view. */
export const isFit = (camera: Camera, plan: SeatPlan, view: View): boolean => camera.scale <= fitScale(plan, view) * 1.001;

/** Changes the scale; what is at a point of the view stays there. */
export const zoomAt = (camera: Camera, scale: number, px: number, py: number, plan: SeatPlan, view: View): Camera => {
  const next = Math.min(mostScale, Math.max(fitScale(plan, view), scale));
  const x = camera.x + px / camera.scale - px / next;
  const y = camera.y + py / camera.scale - py / next;
  return clamp({ scale: next, x, y }, plan, view);
};

/** Moves by pixels of the view. */
export const panBy = (camera: Camera, dx: number, dy: number, plan: SeatPlan, view: View): Camera =>
  clamp({ ...camera, x: camera.x - dx / camera.scale, y: camera.y - dy / camera.scale }, plan, view);

/** Puts a point of the plan into the middle. */
export const centreOn = (scale: number, x: number, y: number, plan: SeatPlan, view: View): Camera =>
  clamp({ scale, x: x - view.width / scale / 2, y: y - view.height / scale / 2 }, plan, view);

/** Moves as little as brings a point of the plan into view, with some seats around it. */
export const reveal = (camera: Camera, x: number, y: number, plan: SeatPlan, view: View): Camera => {
  const along = (at: number, point: number, seen: number) => {
    const margin = Math.min(2.5, seen / 3);
    return Math.min(Math.max(at, point + margin - seen), point - margin);
  };
  const next = clamp(
    {
      ...camera,
      x: along(camera.x, x, view.width / camera.scale),
      y: along(camera.y, y, view.height / camera.scale),
    },
    plan,
    view,
  );
  return next.x === camera.x && next.y === camera.y ? camera : next;
};

export const toView = (camera: Camera, x: number, y: number): [number, number] => [
  (x - camera.x) * camera.scale,
  (y - camera.y) * camera.scale,
];

export const toPlan = (camera: Camera, px: number, py: number): [number, number] => [
  camera.x + px / camera.scale,
  camera.y + py / camera.scale,
];
