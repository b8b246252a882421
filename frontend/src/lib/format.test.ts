import { describe, expect, test } from 'vitest';
import { formatCountry, formatMoney, formatViewerWhen, formatWhen } from './format';

describe('formatMoney', () => {
  test.each([
    ['two-digits', { amount: 4550, currency: 'EUR' }, '€45.50'],
    ['no-digits', { amount: 4500, currency: 'JPY' }, '¥4,500'],
    ['three-digits', { amount: 4500, currency: 'KWD' }, 'KWD\u00a04.500'],
    ['free', { amount: 0, currency: 'USD' }, '$0.00'],
  ])('%s', (_, money, want) => {
    expect(formatMoney(money, 'en-US')).toBe(want);
  });
});

describe('times', () => {
  const iso = '2027-07-01T18:30:00Z';

  test('zone-of-the-venue', () => {
    expect(formatWhen(iso, 'Europe/Vienna', 'en-GB')).toMatch(/Thu,? 1 Jul 2027,? (at )?20:30 CEST/);
  });

  test('viewer-elsewhere', () => {
    expect(formatViewerWhen('2027-07-01T22:30:00Z', 'Europe/Vienna', 'Asia/Tokyo', 'en-GB')).toMatch(/Fri,? 07:30/);
  });

  test('viewer-on-the-same-clock', () => {
    expect(formatViewerWhen(iso, 'Europe/Vienna', 'Europe/Paris')).toBeUndefined();
  });
});

test('unknown country is its code', () => {
  expect(formatCountry('AT', 'en')).toBe('Austria');
  expect(formatCountry('?', 'en')).toBe('?');
});
