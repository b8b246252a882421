import { describe, expect, test } from 'vitest';
import { instantOf, wallClock, wallPlus } from './zone';

describe('the venue’s clock', () => {
  test.each([
    ['2031-06-01T20:00:00Z', 'Europe/Lisbon', '2031-06-01T21:00'],
    ['2031-01-01T00:30:00Z', 'America/New_York', '2030-12-31T19:30'],
    ['2031-06-01T18:15:00Z', 'Asia/Kathmandu', '2031-06-02T00:00'],
    ['2031-06-01T00:00:00Z', 'UTC', '2031-06-01T00:00'],
    ['2031-03-30T00:59:59Z', 'Europe/Berlin', '2031-03-30T01:59'],
  ])('%s in %s is %s', (iso, zone, wall) => expect(wallClock(iso, zone)).toBe(wall));

  test.each([
    ['2031-06-01T21:00', 'Europe/Lisbon', '2031-06-01T20:00:00.000Z', 'once'],
    ['2031-01-15T20:00', 'Europe/Berlin', '2031-01-15T19:00:00.000Z', 'once'],
    ['2031-07-15T20:00', 'Europe/Berlin', '2031-07-15T18:00:00.000Z', 'once'],
    ['2031-06-02T00:00', 'Asia/Kathmandu', '2031-06-01T18:15:00.000Z', 'once'],
    ['2031-06-01T09:00', 'Pacific/Auckland', '2031-05-31T21:00:00.000Z', 'once'],
    ['2031-06-01T09:00', 'Pacific/Honolulu', '2031-06-01T19:00:00.000Z', 'once'],
  ])('%s in %s is %s', (wall, zone, iso, kind) => expect(instantOf(wall, zone)).toEqual({ iso, kind }));

  test.each([
    // Berlin's clocks jump from 02:00 to 03:00 on 30 March 2031, and from 03:00 back to 02:00 on 26 October.
    ['2031-03-30T01:59', 'Europe/Berlin', '2031-03-30T00:59:00.000Z', 'once'],
    ['2031-03-30T02:00', 'Europe/Berlin', '2031-03-30T01:00:00.000Z', 'skipped'],
    ['2031-03-30T02:30', 'Europe/Berlin', '2031-03-30T01:30:00.000Z', 'skipped'],
    ['2031-03-30T03:00', 'Europe/Berlin', '2031-03-30T01:00:00.000Z', 'once'],
    ['2031-10-26T01:59', 'Europe/Berlin', '2031-10-25T23:59:00.000Z', 'once'],
    ['2031-10-26T02:00', 'Europe/Berlin', '2031-10-26T00:00:00.000Z', 'twice'],
    ['2031-10-26T02:59', 'Europe/Berlin', '2031-10-26T00:59:00.000Z', 'twice'],
    ['2031-10-26T03:00', 'Europe/Berlin', '2031-10-26T02:00:00.000Z', 'once'],
    // In New York on 9 March and 2 November; south of the equator, in Sydney, on 5 October and 6 April.
    ['2031-03-09T02:30', 'America/New_York', '2031-03-09T07:30:00.000Z', 'skipped'],
    ['2031-11-02T01:30', 'America/New_York', '2031-11-02T05:30:00.000Z', 'twice'],
    ['2031-10-05T02:30', 'Australia/Sydney', '2031-10-04T16:30:00.000Z', 'skipped'],
    ['2031-04-06T02:30', 'Australia/Sydney', '2031-04-05T15:30:00.000Z', 'twice'],
    // By half an hour only.
    ['2031-10-05T02:15', 'Australia/Lord_Howe', '2031-10-04T15:45:00.000Z', 'skipped'],
  ])('%s in %s, where clocks change, is %s (%s)', (wall, zone, iso, kind) =>
    expect(instantOf(wall, zone)).toEqual({ iso, kind }),
  );

  test('a time that clocks skip is as far after the jump', () => {
    const { iso } = instantOf('2031-03-30T02:30', 'Europe/Berlin') ?? { iso: '' };
    expect(wallClock(iso, 'Europe/Berlin')).toBe('2031-03-30T03:30');
  });

  test('every hour of a year that is read from a clock is set to the same', () => {
    for (const zone of ['Europe/Berlin', 'America/Sao_Paulo', 'Australia/Lord_Howe', 'Africa/Casablanca']) {
      for (let t = Date.UTC(2031, 0, 1); t < Date.UTC(2032, 0, 1); t += 7 * 3_600_000) {
        const iso = new Date(t).toISOString();
        const found = instantOf(wallClock(iso, zone), zone);
        if (found?.kind !== 'twice') expect([zone, found?.iso]).toEqual([zone, iso]);
      }
    }
  });

  test.each(['', '2031-06-01', '2031-13-01T10:00', 'tomorrow'])('%j is no time', (wall) =>
    expect(instantOf(wall, 'UTC')).toBeUndefined(),
  );
});

test('a time is moved on the clock', () => {
  expect(wallPlus('2031-12-31T23:30', 60)).toBe('2032-01-01T00:30');
  expect(wallPlus('', 60)).toBe('');
});
