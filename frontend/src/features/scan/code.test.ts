import { describe, expect, test } from 'vitest';
import { decodeBase32, holdOf, readCode } from './code';
import { codes } from './samples';

describe('readCode', () => {
  test('reads the signed form', () => {
    const code = readCode(codes.renamed);
    expect(code).toMatchObject({ hold: 'fedcba9876543210', number: 2, rotation: 1, ticket: 'fedcba9876543210.2' });
    expect(code?.proof?.keyId).toBe(1);
    expect(code?.proof?.signature).toHaveLength(64);
  });

  test('the short form names the same ticket', () => {
    const code = readCode(codes.renamedShort);
    expect(code).toMatchObject({ ticket: 'fedcba9876543210.2', rotation: 1, text: codes.renamedShort });
    expect(code?.proof).toBeUndefined();
  });

  test.each([
    ['lower case and spaces', codes.goodShort.toLowerCase().replaceAll('-', ' ')],
    ['without groups', codes.goodShort.replaceAll('-', '')],
    ['letters for digits', codes.goodShort.replaceAll('0', 'O').replaceAll('1', 'l')],
    ['spaces around', ` ${codes.goodShort}\n`],
  ])('forgives %s', (_, typed) => {
    expect(readCode(typed)?.text).toBe(codes.goodShort);
  });

  test('a scanner whose shift key is stuck', () => {
    expect(readCode(codes.good.toLowerCase())?.ticket).toBe('fedcba9876543210.0');
  });

  test.each([
    ['nothing', ''],
    ['a web address', 'https://example.org/menu'],
    ['a cut code', codes.good.slice(0, -1)],
    ['a longer code', `${codes.good}0`],
    ['a letter that no code has', codes.good.replace(/.$/, 'U')],
    ['bits after the end', codes.good.replace(/.$/, '1')],
    ['another length', '07ZD-SEMR'],
    ['a book', 'A'.repeat(600)],
  ])('%s is no code', (_, text) => {
    expect(readCode(text)).toBeUndefined();
  });
});

test('a booking is found by the hold in its id', () => {
  expect(holdOf(codes.bookingId)).toBe('fedcba9876543210');
  expect(holdOf('bkg_x')).toBeUndefined();
  expect(holdOf('evt_01')).toBeUndefined();
});

test('base 32 has one text for the same bytes', () => {
  expect(decodeBase32('04')).toEqual(new Uint8Array([1]));
  expect(decodeBase32('05')).toBeUndefined();
});
