import { describe, expect, test } from 'vitest';
import { daysOf, filtersIn, isHome, parseDiscover, questionOf } from './search';

describe('an address', () => {
  test('says all that is searched', () => {
    const search = {
      q: 'fado',
      category: 'concert',
      country: 'PT',
      city: 'Lisboa',
      near: '38.7,-9.1',
      radiusKm: 50,
      from: '2031-06-01',
      to: '2031-06-30',
      price: 40,
      seats: 3,
    };
    expect(parseDiscover(search)).toEqual(search);
    expect(filtersIn(search)).toBe(6);
  });

  test.each([
    ['nothing', {}],
    ['junk', { q: ' ', category: 'A b', country: 'portugal', near: 'here', when: 'soon', from: '1 June', price: -1, seats: 'x' }],
    ['a radius around nowhere', { radiusKm: 5 }],
    ['other things', { utm_source: 'mail' }],
  ])('with %s is home', (_, search) => {
    expect(parseDiscover(search)).toEqual({});
    expect(isHome(parseDiscover(search))).toBe(true);
  });

  test('a year is words, too', () => expect(parseDiscover({ q: 2031 })).toEqual({ q: '2031' }));
  test('a span wins over days', () => expect(parseDiscover({ when: 'week', from: '2031-06-01' })).toEqual({ when: 'week' }));
});

test.each([
  ['today', '2031-06-04', { to: '2031-06-04' }],
  ['week', '2031-06-28', { to: '2031-07-04' }],
  ['month', '2031-12-20', { to: '2032-01-18' }],
  ['weekend', '2031-06-04', { from: '2031-06-07', to: '2031-06-08' }],
  ['weekend', '2031-06-07', { to: '2031-06-08' }],
  ['weekend', '2031-06-08', { to: '2031-06-08' }],
] as const)('%s on %s', (span, today, want) => {
  expect(daysOf(span, new Date(`${today}T12:00:00`))).toEqual(want);
});

test('the API is asked in its own terms', () => {
  expect(questionOf({ q: 'a', when: 'today', price: 40 }, new Date('2031-06-04T12:00:00'))).toEqual({
    q: 'a',
    to: '2031-06-04',
    priceMax: 4000,
  });
});
