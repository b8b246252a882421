import { describe, expect, test } from 'vitest';
import type { Booking } from '../../api/gen/types.gen';
import { aBooking, anEvent, aSeat, aTicket, eur } from '../../test/factories';
import { hasStatus, nameOf, sortedBy, viewed, wholeView } from './bookingTable';
import { cell, columns, csvOf } from './csv';
import { currenciesIn, currencyIn } from './currency';
import { isNamed } from './effect';
import { axis, entries, share, soldOverTime, thinned, upTo } from './series';

const booking = (id: string, createdAt: string, over: Partial<Booking> = {}) => aBooking({ id, createdAt, ...over });
const at = (iso: string) => Date.parse(iso);

describe('sales as time went by', () => {
  test('sums up what is sold now, by when it was booked', () => {
    const points = soldOverTime([
      booking('b2', '2031-05-02T10:00:00Z', { tickets: [aTicket(), aTicket({ status: 'cancelled' })] }),
      booking('b1', '2031-05-01T10:00:00Z'),
      booking('b3', '2031-05-02T10:00:00Z', { tickets: [aTicket({ status: 'checkedIn' })] }),
      booking('b4', '2031-05-03T10:00:00Z', { status: 'cancelled' }),
    ]);
    expect(points).toEqual([
      { at: at('2031-05-01T10:00:00Z'), value: 3 },
      { at: at('2031-05-02T10:00:00Z'), value: 5 },
    ]);
  });

  test('goes on to what is known of now', () => {
    const points = [{ at: 10, value: 3 }];
    expect(upTo(points, 20, 4)).toEqual([...points, { at: 20, value: 4 }]);
    expect(upTo(points, 20, undefined)).toEqual(points);
    expect(upTo(points, 10, 4)).toEqual(points);
  });

  test('keeps its shape with fewer points: the first, the last, and steps between', () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({ at: i, value: i }));
    const few = thinned(many, 100);
    expect(few.length).toBeLessThanOrEqual(101);
    expect([few[0], few.at(-1)]).toEqual([many[0], many.at(-1)]);
    expect(few.every((p, i) => i === 0 || p.at > (few[i - 1]?.at ?? 0))).toBe(true);
    expect(thinned(many.slice(0, 5), 100)).toHaveLength(5);
  });

  test('entries are counted by spans, with those between in which nobody came', () => {
    const came = (...times: string[]) =>
      aBooking({ tickets: times.map((t) => aTicket({ status: 'checkedIn', checkedInAt: t })) });
    const points = entries(
      [came('2031-06-01T19:01:00Z', '2031-06-01T19:04:59Z'), came('2031-06-01T19:11:00Z'), aBooking()],
      300_000,
    );
    expect(points.map((p) => p.value)).toEqual([2, 0, 1]);
    expect(points[0]?.at).toBe(at('2031-06-01T19:00:00Z'));
    expect(entries([aBooking()], 300_000)).toEqual([]);
  });

  test.each([
    [0, { end: 4, step: 1 }],
    [4, { end: 4, step: 1 }],
    [30, { end: 30, step: 10 }],
    [115, { end: 150, step: 50 }],
    [1_494, { end: 1_500, step: 500 }],
  ])('an axis up to %d ends at a round number', (value, want) => {
    expect(axis(value)).toEqual(want);
  });

  test('a share is one at most, and none of nothing', () => {
    expect([share(1, 4), share(5, 4), share(0, 0)]).toEqual([0.25, 1, 0]);
  });
});

describe('a file for spreadsheets', () => {
  test.each([
    ['Ana', 'Ana'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    [' space', '" space"'],
    ['=1+1', "'=1+1"],
    ['=cmd|"/c calc"!A1', '"\'=cmd|""/c calc""!A1"'],
    ['+351', "'+351"],
    ['-5', "'-5"],
    ['@sum', "'@sum"],
    ['\ttab', '"\'\ttab"'],
  ])('%j is written %j', (text, want) => {
    expect(cell(text)).toBe(want);
  });

  test('has every ticket in a line, marked as UTF-8', () => {
    const file = csvOf(
      [
        aBooking({
          tickets: [
            aTicket({
              attendee: { name: '=HYPERLINK("x")', email: 'a@example.org' },
              status: 'checkedIn',
              checkedInAt: '2031-06-01T19:01:00Z',
            }),
            aTicket({
              id: 'tkt_2',
              seat: aSeat({ row: undefined, number: 7, section: 'Floor, left', ticketTypeId: 'tt_gone' }),
              attendee: {},
            }),
          ],
        }),
      ],
      anEvent().ticketTypes,
      columns,
    );
    expect(file.startsWith('\ufeffbooking,booked,')).toBe(true);
    expect(file.split('\r\n')).toEqual([
      expect.any(String),
      'bkg_1,2031-05-01T10:00:00Z,confirmed,tkt_1,checkedIn,Seat,Stalls,A,1,"\'=HYPERLINK(""x"")",a@example.org,45.00,EUR,2031-06-01T19:01:00Z',
      'bkg_1,2031-05-01T10:00:00Z,confirmed,tkt_2,valid,tt_gone,"Floor, left",,,,,45.00,EUR,',
      '',
    ]);
  });
});

describe('the table of bookings', () => {
  const ana = booking('b1', '2031-05-01T10:00:00Z', {
    tickets: [aTicket({ attendee: {} }), aTicket({ attendee: { name: 'Ána Moura', email: 'ana@example.org' } })],
    total: eur(9000),
  });
  const rui = booking('b2', '2031-05-02T10:00:00Z', {
    tickets: [aTicket({ attendee: { name: 'Rui' }, status: 'checkedIn', seat: aSeat({ row: 'C', number: 12 }) })],
    total: eur(4500),
  });
  const nobody = booking('b3', '2031-05-03T10:00:00Z', { status: 'cancelled', tickets: [aTicket({ attendee: {} })] });
  const all = [ana, rui, nobody];
  const ids = (view: Partial<typeof wholeView>) => viewed(all, { ...wholeView, ...view }, 'en').map((b) => b.id);

  test('begins with the newest', () => {
    expect(ids({})).toEqual(['b3', 'b2', 'b1']);
  });

  test.each([
    ['ana', ['b1']],
    ['ANA mou', ['b1']],
    ['example.org', ['b1']],
    ['c 12', ['b2']],
    ['b2', ['b2']],
    ['ana rui', []],
    ['  ', ['b3', 'b2', 'b1']],
  ])('finds %j', (q, want) => {
    expect(ids({ q })).toEqual(want);
  });

  test('by state, also of those who are in', () => {
    expect(ids({ status: 'cancelled' })).toEqual(['b3']);
    expect(ids({ status: 'checkedIn' })).toEqual(['b2']);
    expect(hasStatus(ana, '')).toBe(true);
  });

  test('is sorted by a column, and the other way round; who has no name comes last', () => {
    const byName = sortedBy(wholeView, 'name');
    expect(ids(byName)).toEqual(['b1', 'b2', 'b3']);
    expect(ids(sortedBy(byName, 'name'))).toEqual(['b3', 'b2', 'b1']);
    expect(ids(sortedBy(wholeView, 'total'))).toEqual(['b3', 'b1', 'b2']);
    expect(nameOf(nobody)).toBeUndefined();
  });
});

test('money is that of the country, and the one in use can always be chosen', () => {
  expect([currencyIn('PT'), currencyIn('JP'), currencyIn('GB'), currencyIn('XX')]).toEqual(['EUR', 'JPY', 'GBP', 'EUR']);
  const codes = currenciesIn('en', 'XPF').map((c) => c.code);
  expect(codes).toContain('XPF');
  expect(new Set(codes).size).toBe(codes.length);
});

test('a name is meant whatever its capitals and spaces', () => {
  expect(isNamed('  night OF fado ', 'Night of fado')).toBe(true);
  expect(isNamed('Night', 'Night of fado')).toBe(false);
});
