import { expect, test } from 'vitest';
import type { TicketType } from '../../api/gen/types.gen';
import { aLocation, anEvent, eur } from '../../test/factories';
import { legendOf, onSale, type SectionView, sectionsOf, tierOf } from './sections';

const now = Date.parse('2031-01-01T00:00:00Z');
const sections = aLocation().halls[0]?.sections ?? [];
const count = (free: number, held = 0, total = 100, sectionId = 'sec_stalls') => ({
  eventId: 'evt_1',
  asOf: '2031-01-01T00:00:00Z',
  sections: [{ sectionId, total, free, held, sold: total - free - held }],
});
const type = (over: Partial<TicketType>): TicketType => ({
  id: 'tt',
  name: 'Seat',
  price: eur(4500),
  sectionIds: ['sec_stalls'],
  ...over,
});

test('a section says what it is, costs and has left', () => {
  const [stalls, floor] = sectionsOf(anEvent(), sections, count(55), now);
  expect(stalls).toMatchObject({
    name: 'Stalls',
    from: eur(4500),
    to: eur(4500),
    free: 55,
    total: 100,
    state: 'free',
    tier: 0,
    accessible: 2,
  });
  expect(floor).toMatchObject({ name: 'Floor', kind: 'standing', capacity: 300, tier: 1, state: 'free' });
  expect(floor?.free).toBeUndefined();
});

test.each([
  [count(10), 'free'],
  [count(9), 'few'],
  [count(0, 3), 'held'],
  [count(0), 'soldOut'],
  [undefined, 'free'],
])('%j is %s', (availability, state) => {
  expect(sectionsOf(anEvent(), sections, availability, now)[0]?.state).toBe(state);
});

test('a section without a ticket type on sale is not on sale', () => {
  const event = anEvent({ ticketTypes: [type({ salesFrom: '2031-02-01T00:00:00Z' })] });
  expect(sectionsOf(event, sections, count(50), now).map((s) => [s.state, s.tier])).toEqual([
    ['notOnSale', undefined],
    ['notOnSale', undefined],
  ]);
});

test.each([
  [{}, true],
  [{ salesFrom: '2031-01-01T00:00:00Z' }, true],
  [{ salesFrom: '2031-01-01T00:00:01Z' }, false],
  [{ salesUntil: '2031-01-01T00:00:00Z' }, false],
  [{ salesUntil: '2031-01-01T00:00:01Z' }, true],
])('sold now with %j: %s', (window, sold) => {
  expect(onSale(type(window), now)).toBe(sold);
});

test('what a seat gets is the first ticket of which one may have any number', () => {
  const types = [
    type({ id: 'student', perPerson: 2, price: eur(2000) }),
    type({ id: 'adult' }),
    type({ id: 'child', price: eur(1000) }),
  ];
  const [stalls] = sectionsOf(anEvent({ ticketTypes: types }), sections, undefined, now);
  expect(stalls?.types.map((t) => t.id)).toEqual(['adult', 'student', 'child']);
  expect([stalls?.from, stalls?.to]).toEqual([eur(1000), eur(4500)]);
});

test('prices share colours where there are more prices than colours', () => {
  const prices = [900, 800, 700, 600, 500, 400, 300, 200, 100];
  const tiers = prices.map((p) => tierOf(prices, p));
  expect(tiers[0]).toBe(0);
  expect(Math.max(...tiers)).toBe(5);
  expect([...tiers].sort()).toEqual(tiers);
});

test('the legend names each colour once, with what it costs', () => {
  const views = sectionsOf(anEvent(), sections, undefined, now);
  expect(legendOf(views)).toEqual([
    { tier: 0, from: eur(4500), to: eur(4500), names: ['Stalls'] },
    { tier: 1, from: eur(2500), to: eur(2500), names: ['Floor'] },
  ]);
});

test('a colour costs from the cheapest ticket of its sections to the dearest', () => {
  const reduced = { ...type({ id: 'tt_2', price: eur(1500), perPerson: 1 }) };
  const [stalls] = sectionsOf(anEvent({ ticketTypes: [type({}), reduced] }), sections, undefined, now);
  const circle = { ...(stalls as SectionView), name: 'Circle', from: eur(4500) };
  expect(legendOf([stalls as SectionView, circle])).toEqual([
    { tier: 0, from: eur(1500), to: eur(4500), names: ['Stalls', 'Circle'] },
  ]);
});
