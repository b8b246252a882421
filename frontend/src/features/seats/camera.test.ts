import { expect, test } from 'vitest';
import { centreOn, clamp, fitScale, isFit, mostScale, panBy, reveal, toPlan, toView, whole, zoomAt } from './camera';
import { planOf } from './seatPlan';
import { bigTable, tableFrom } from './testSeats';

const view = { width: 800, height: 500 };
const plan = planOf(bigTable(100, 100));

test('all of a section is in view at first, in the middle', () => {
  const camera = whole(plan, view);
  const [left, top] = toView(camera, plan.left, plan.top);
  const [right, bottom] = toView(camera, plan.left + plan.width, plan.top + plan.height);
  expect(left).toBeGreaterThanOrEqual(-0.01);
  expect(top).toBeGreaterThanOrEqual(-0.01);
  expect(right).toBeLessThanOrEqual(view.width + 0.01);
  expect(bottom).toBeLessThanOrEqual(view.height + 0.01);
  expect(left + right).toBeCloseTo(view.width);
  expect(isFit(camera, plan, view)).toBe(true);
});

test('a few seats do not become giants', () => {
  expect(fitScale(planOf(tableFrom('..')), view)).toBe(mostScale);
});

test('thousands of rows do not become dust', () => {
  expect(fitScale(planOf(bigTable(2000, 5)), view)).toBeGreaterThanOrEqual(2);
});

test('what is under the pointer stays there while zooming', () => {
  const before = zoomAt(whole(plan, view), 20, 400, 250, plan, view);
  const point = toPlan(before, 420, 260);
  const after = zoomAt(before, 30, 420, 260, plan, view);
  const [x, y] = toView(after, ...point);
  expect(x).toBeCloseTo(420);
  expect(y).toBeCloseTo(260);
});

test('zooming ends at the largest and at all in view', () => {
  const camera = whole(plan, view);
  expect(zoomAt(camera, 1e6, 0, 0, plan, view).scale).toBe(mostScale);
  expect(isFit(zoomAt(camera, 0.001, 0, 0, plan, view), plan, view)).toBe(true);
});

test('panning stops at the edges', () => {
  const near = zoomAt(whole(plan, view), 30, 400, 250, plan, view);
  const camera = panBy(near, 1e6, 1e6, plan, view);
  expect(camera.x).toBeCloseTo(plan.left);
  expect(camera.y).toBeCloseTo(plan.top);
  expect(clamp(camera, plan, view)).toEqual(camera);
});

test('a point is brought into the middle', () => {
  const camera = centreOn(30, 3, 50, plan, view);
  const [x, y] = toView(camera, 3, 50);
  expect(x).toBeCloseTo(400);
  expect(y).toBeCloseTo(250);
});

test('the view moves only for what is out of it', () => {
  const camera = centreOn(30, 0, 50, plan, view);
  expect(reveal(camera, 1, 51, plan, view)).toBe(camera);
  const moved = reveal(camera, 30, 51, plan, view);
  const [x, y] = toView(moved, 30, 51);
  expect(x).toBeLessThan(view.width);
  expect(x).toBeGreaterThan(view.width - 150);
  expect(y).toBe(toView(camera, 30, 51)[1]);
});
