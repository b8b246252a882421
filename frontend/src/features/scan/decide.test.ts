import { describe, expect, test } from 'vitest';
import type { DoorTicket } from '../../api/gen/types.gen';
import { readCode, type TicketCode } from './code';
import { decide, verdictOf } from './decide';
import { indexOf } from './list';
import { codes } from './samples';

const at = Date.parse('2031-06-01T19:30:00Z');
const doorsAt = '2031-06-01T19:00:00Z';
const place: DoorTicket = { status: 'valid', section: 'Stalls', row: 'A', number: 7, name: 'Ana' };

const code = (text: string): TicketCode => {
  const read = readCode(text);
  if (!read) throw new Error('not a code');
  return read;
};

const known = (over: Partial<DoorTicket> = {}, event: { status?: 'published' | 'cancelled'; doorsAt?: string } = {}) => ({
  event: { status: 'published' as const, doorsAt, ...event },
  index: indexOf([{ bookingId: codes.bookingId, tickets: [{ ...place, ...over }, place, { ...place, rotation: 1 }] }]),
  here: new Map<string, number>(),
});

describe('a signed code without a network', () => {
  const good = code(codes.good);

  test.each([
    ['is admitted', known(), at, 'admitted', undefined],
    ['is cancelled', known({ status: 'cancelled' }), at, 'refused', 'cancelled'],
    ['is of a cancelled event', known({}, { status: 'cancelled' }), at, 'refused', 'cancelled'],
    ['was renewed', known({ rotation: 1 }), at, 'refused', 'renewed'],
    ['is too early', known(), Date.parse(doorsAt) - 1, 'refused', 'tooEarly'],
    ['is in at the very opening', known(), Date.parse(doorsAt), 'admitted', undefined],
    ['is not on the list', { ...known(), index: indexOf([]) }, at, 'unsure', 'notListed'],
    ['finds no list', undefined, at, 'unsure', 'noList'],
  ])('%s', (_, what, when, result, reason) => {
    const verdict = decide(good, true, what, when);
    expect(verdict).toMatchObject({ result, offline: true });
    expect(verdict.reason).toBe(reason);
  });

  test('says who and where', () => {
    expect(decide(good, true, known(), at)).toMatchObject({ name: 'Ana', seat: { section: 'Stalls', row: 'A', number: 7 }, at });
  });

  test('is forged where the signature is wrong, whatever the list says', () => {
    expect(decide(good, false, known(), at)).toMatchObject({ result: 'refused', reason: 'forged' });
  });

  test('was in at another door, since then', () => {
    const checkedInAt = '2031-06-01T19:12:00Z';
    expect(decide(good, true, known({ status: 'checkedIn', checkedInAt }), at)).toMatchObject({
      result: 'alreadyIn',
      at: Date.parse(checkedInAt),
    });
  });

  test('was in at this one', () => {
    const before = { ...known(), here: new Map([[good.ticket, at - 60_000]]) };
    expect(decide(good, true, before, at)).toMatchObject({ result: 'alreadyIn', at: at - 60_000 });
  });

  test('was renamed after the list was read', () => {
    const what = { ...known(), index: indexOf([{ bookingId: codes.bookingId, tickets: [place, place, place] }]) };
    expect(decide(code(codes.renamed), true, what, at).result).toBe('admitted');
  });

  test('of a number that the booking does not have', () => {
    const what = { ...known(), index: indexOf([{ bookingId: codes.bookingId, tickets: [place] }]) };
    expect(decide(code(codes.renamed), true, what, at)).toMatchObject({ result: 'refused', reason: 'forged' });
  });
});

describe('a typed code without a network', () => {
  test('is admitted by the list', () => {
    expect(decide(code(codes.goodShort), false, known(), at).result).toBe('admitted');
  });

  test('proves nothing that the list does not know', () => {
    const what = { ...known(), index: indexOf([{ bookingId: codes.bookingId, tickets: [place, place, place] }]) };
    expect(decide(code(codes.renamedShort), false, what, at)).toMatchObject({ result: 'unsure', reason: 'notListed' });
  });

  test('is the same ticket as the signed one', () => {
    const before = { ...known(), here: new Map([[code(codes.good).ticket, at - 1]]) };
    expect(decide(code(codes.goodShort), false, before, at).result).toBe('alreadyIn');
  });
});

test('counts those who are expected and those who are in', () => {
  const tickets: DoorTicket[] = [
    place,
    { ...place, status: 'checkedIn', checkedInAt: doorsAt },
    { ...place, status: 'cancelled' },
  ];
  expect(indexOf([{ bookingId: codes.bookingId, tickets }])).toMatchObject({ expected: 2, inside: 1 });
});

test('what the server decided is shown as it is', () => {
  const seat = { sectionId: 's', section: 'Floor', number: 3, ticketTypeId: 't', price: { amount: 0, currency: 'EUR' } };
  expect(verdictOf({ result: 'admitted', at: doorsAt, attendee: {}, seat })).toEqual({
    result: 'admitted',
    at: Date.parse(doorsAt),
    seat: { section: 'Floor', number: 3 },
  });
});
