import { expect, test } from 'vitest';
import type { Availability, Event } from '../../api/gen/types.gen';
import { anEvent, eur } from '../../test/factories';
import { calendarFile } from './calendar';
import { countOf, mostOf, offerOf, spanText, totalOf } from './tickets';

const at = Date.parse('2031-05-01T12:00:00Z');
const before = '2031-05-01T11:00:00Z';
const later = '2031-05-02T12:00:00Z';

const counts = (free: number, { total = 100, held = 0, sectionId = 'sec_stalls' } = {}): Availability => ({
  eventId: 'evt_1',
  asOf: '2031-05-01T12:00:00Z',
  sections: [{ sectionId, total, free, held, sold: total - free - held }],
});

const typeOf = (event: Event) => {
  const [type] = event.ticketTypes;
  if (!type) throw new Error('the event has no ticket types');
  return type;
};

const offer = (over: Partial<Event>, type: Partial<Event['ticketTypes'][number]>, known?: Availability | null) => {
  const event = anEvent(over);
  return offerOf(event, { ...typeOf(event), ...type }, known, at);
};

test.each([
  ['open', {}, {}, counts(40), { state: 'open', left: 40, few: false }],
  ['few, below a tenth', {}, {}, counts(9), { state: 'open', left: 9, few: true }],
  ['a tenth is not few', {}, {}, counts(10), { state: 'open', left: 10, few: false }],
  ['sold out', {}, {}, counts(0), { state: 'soldOut' }],
  ['in baskets', {}, {}, counts(0, { held: 2 }), { state: 'held' }],
  ['not counted yet', {}, {}, undefined, { state: 'unknown' }],
  ['the sale is just opening', {}, {}, null, { state: 'unknown' }],
  ['other sections do not count', {}, {}, counts(40, { sectionId: 'sec_floor' }), { state: 'soldOut' }],
  ['before the event’s sale', { onSaleFrom: later }, {}, counts(40), { state: 'early', from: later }],
  ['before its own sale', { onSaleFrom: before }, { salesFrom: later }, counts(40), { state: 'early', from: later }],
  [
    'the later of both',
    { onSaleFrom: later },
    { salesFrom: '2031-05-03T00:00:00Z' },
    counts(1),
    { state: 'early', from: '2031-05-03T00:00:00Z' },
  ],
  ['behind the event’s sale', { onSaleUntil: before }, {}, counts(40), { state: 'over' }],
  ['behind its own sale', { onSaleUntil: later }, { salesUntil: before }, counts(40), { state: 'over' }],
] as const)('on offer: %s', (_, event, type, known, want) => {
  expect(offer(event, type, known)).toEqual(want);
});

test.each([
  ['what is left', { perPerson: 10 }, {}, 3, [], 3],
  ['a person’s limit', { perPerson: 4 }, {}, 40, [], 4],
  ['beside others of the same person', { perPerson: 4 }, {}, 40, [['tt_floor', 3]], 1],
  ['its own choice does not count against it', { perPerson: 4 }, {}, 40, [['tt_seat', 3]], 4],
  ['the type’s limit', { perPerson: 10 }, { perPerson: 2 }, 40, [], 2],
  ['no limit is the API’s', { perPerson: 0 }, {}, 400, [], 64],
  ['nothing below none', { perPerson: 2 }, {}, 40, [['tt_floor', 5]], 0],
] as const)('at most: %s', (_, over, type, left, chosen, want) => {
  const event = anEvent(over);
  expect(mostOf(event, { ...typeOf(event), ...type }, { state: 'open', left, few: false }, new Map(chosen))).toBe(want);
});

test('nothing can be chosen of what is not on offer', () => {
  const event = anEvent();
  expect(mostOf(event, typeOf(event), { state: 'soldOut' }, new Map())).toBe(0);
});

test('a choice is counted and summed up', () => {
  const chosen = new Map([
    ['tt_seat', 2],
    ['tt_floor', 1],
  ]);
  expect(countOf(chosen)).toBe(3);
  expect(totalOf(anEvent(), chosen)).toEqual(eur(11500));
  expect(totalOf(anEvent(), new Map())).toBeUndefined();
});

test.each([
  [0, '0 seconds'],
  [61_000, '1 minute 1 second'],
  [3_600_000, '1 hour 0 minutes'],
  [2 * 86_400_000 + 5 * 3_600_000 + 1, '2 days 5 hours'],
])('%d ms are %s', (span, want) => {
  expect(spanText(span, 'en')).toBe(want);
});

test('a calendar file has the event in it, escaped, in lines of 75 octets', () => {
  const name = 'Fado; vozes, guitarras \\ and a very long night of songs from Alfama, Mouraria and beyond';
  const file = calendarFile(anEvent({ name }), 'https://tickets.example/events/evt_1', at);
  const lines = file.split('\r\n');
  expect(lines.every((l) => new TextEncoder().encode(l).length <= 75)).toBe(true);
  const whole = file.replaceAll('\r\n ', '');
  expect(whole).toContain('\r\nSUMMARY:Fado\\; vozes\\, guitarras \\\\ and a very long night');
  expect(whole).toContain('\r\nDTSTART:20310601T200000Z\r\nDTEND:20310601T223000Z\r\n');
  expect(whole).toContain('\r\nUID:evt_1@myevents\r\nDTSTAMP:20310501T120000Z\r\nSEQUENCE:3\r\n');
  expect(whole).toContain('\r\nLOCATION:Coliseu\\, Rua das Portas 96\\, Lisboa\r\n');
  expect(whole).not.toContain('STATUS');
});

test('a calendar file without an end takes the hall’s three hours, and says that it is cancelled', () => {
  const file = calendarFile(anEvent({ endsAt: undefined, status: 'cancelled' }), 'https://tickets.example/events/evt_1', at);
  expect(file).toContain('DTEND:20310601T230000Z');
  expect(file).toContain('STATUS:CANCELLED');
});
