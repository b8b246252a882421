import { afterEach, expect, test, vi } from 'vitest';
import { learnTime, now } from './clock';

afterEach(() => {
  learnTime(new Date().toUTCString());
  vi.useRealTimers();
});

test.each([
  ['a device an hour behind', 3_600_000, 3_600_000],
  ['a device an hour ahead', -3_600_000, -3_600_000],
  ['a device that is right, as whole seconds say it', -900, 0],
])('%s', (_, serverAhead, want) => {
  vi.useFakeTimers({ now: Date.parse('2030-01-01T00:00:00Z') });
  learnTime(new Date(Date.now() + serverAhead).toUTCString());
  expect(Math.abs(now() - Date.now() - want)).toBeLessThan(1_000);
});

test.each([null, 'yesterday'])('a date of %s changes nothing', (date) => {
  const before = now() - Date.now();
  learnTime(date);
  expect(Math.abs(now() - Date.now() - before)).toBeLessThan(50);
});
