import { expect, test } from 'vitest';
import { chosenIn, lostOf, offerFor } from './offers';
import { tableFrom } from './testSeats';

const seat = (row: string, number: number, sectionId = 's') => ({
  sectionId,
  section: 'Stalls',
  row,
  number,
  accessible: false,
  typeId: 'tt',
});
const choice = (...seats: ReturnType<typeof seat>[]) => ({ seats, counts: [] });
const tables = (drawing: string) => new Map([['s', tableFrom(drawing)]]);
const instead = (offer: ReturnType<typeof offerFor>) => offer.instead.map((s) => `${s.row}${s.number}`).join(' ');

test('seats that others took are noticed, those of unknown sections are not', () => {
  const mine = choice(seat('A', 2), seat('A', 3), seat('A', 1, 'elsewhere'), seat('B', 9));
  expect(lostOf(mine, tables('..x. ....')).map((s) => s.row + s.number)).toEqual(['A3', 'B9']);
});

test('beside what is left is the next best', () => {
  const offer = offerFor([seat('A', 5)], choice(seat('A', 3), seat('A', 4)), tables('....x.. .......'));
  expect(instead(offer)).toBe('A2');
});

test('who lost all gets as many together', () => {
  const offer = offerFor([seat('A', 3), seat('A', 4)], choice(), tables('.xxx. .....'));
  expect(instead(offer)).toMatch(/^B\d B\d$/);
});

test('who lost one of one gets what is near', () => {
  expect(instead(offerFor([seat('A', 4)], choice(), tables('...xx .....')))).toBe('A3');
});

test('where they cannot be together they are at least near', () => {
  expect(offerFor([seat('A', 1), seat('A', 2)], choice(), tables('xx.x.')).instead).toHaveLength(2);
});

test('where nothing is left nothing is offered', () => {
  expect(offerFor([seat('A', 1)], choice(), tables('xxx')).instead).toEqual([]);
  expect(offerFor([seat('A', 1, 'unknown')], choice(), tables('...')).instead).toEqual([]);
});

test('the chosen seats of a section are known by index', () => {
  expect([...chosenIn(tableFrom('... ...'), choice(seat('B', 2), seat('A', 1, 'else')), 's')]).toEqual([4]);
});
