import { afterEach, expect, test, vi } from 'vitest';
import { takeBegun } from './begun';

const at = (path: string, init?: RequestInit) => new Request(`${location.origin}${path}`, init);
const answer = Promise.resolve(new Response('{}'));

afterEach(() => {
  globalThis.begun = undefined;
});

test('what was asked for with the document is had once', () => {
  globalThis.begun = new Map([['/v1/events?limit=12', answer]]);
  expect(takeBegun(at('/v1/events'))).toBeUndefined();
  expect(takeBegun(at('/v1/events?limit=12'))).toBe(answer);
  expect(takeBegun(at('/v1/events?limit=12'))).toBeUndefined();
});

test('nobody who is signed in gets what a stranger asked for, and no change does', () => {
  globalThis.begun = new Map([['/v1/events', answer]]);
  expect(takeBegun(at('/v1/events', { headers: { Authorization: 'Bearer x' } }))).toBeUndefined();
  expect(takeBegun(at('/v1/events', { method: 'POST' }))).toBeUndefined();
});

test('an old answer is none', () => {
  globalThis.begun = new Map([['/v1/events', answer]]);
  vi.spyOn(performance, 'now').mockReturnValue(10_001);
  expect(takeBegun(at('/v1/events'))).toBeUndefined();
});
