import { expect, test } from 'vitest';
import { aBooking, aSeat, aTicket } from '../../test/factories';
import { groupBookings, placesOf, standingOf } from './booking';

const now = Date.parse('2031-06-01T21:00:00Z'); // while the factories' event lasts
const event = aBooking().event;

test.each([
  ['confirmed', {}, 'upcoming'],
  ['not settled', { status: 'recorded' as const }, 'settling'],
  ['failed', { status: 'failed' as const }, 'failed'],
  ['cancelled', { status: 'cancelled' as const }, 'cancelled'],
  ['of a cancelled event', { event: { ...event, status: 'cancelled' as const } }, 'cancelled'],
  ['over by its end', { event: { ...event, endsAt: '2031-06-01T20:30:00Z' } }, 'past'],
  ['three hours after the start where no end is said', { event: { ...event, startsAt: '2031-06-01T18:00:00Z' } }, 'past'],
])('a booking that is %s', (_, over, want) => {
  expect(standingOf(aBooking(over), now)).toBe(want);
});

test('what is next comes first, the latest of the past before the older, the newest cancellation first', () => {
  const at = (id: string, startsAt: string, over = {}) => aBooking({ id, event: { ...event, startsAt }, ...over });
  const groups = groupBookings(
    [
      at('late', '2032-01-01T20:00:00Z'),
      at('soon', '2031-07-01T20:00:00Z'),
      at('old', '2029-01-01T20:00:00Z'),
      at('recent', '2031-05-01T20:00:00Z'),
      at('first', '2031-07-01T20:00:00Z', { status: 'cancelled', createdAt: '2031-01-01T00:00:00Z' }),
      at('second', '2031-07-01T20:00:00Z', { status: 'failed', createdAt: '2031-02-01T00:00:00Z' }),
    ],
    now,
  );
  const ids = (bookings: { id: string }[]) => bookings.map((b) => b.id);
  expect(ids(groups.upcoming)).toEqual(['soon', 'late']);
  expect(ids(groups.past)).toEqual(['recent', 'old']);
  expect(ids(groups.cancelled)).toEqual(['second', 'first']);
});

test('seats of one row are told together', () => {
  const { row: _, ...standing } = aSeat({ section: 'Floor', number: 7 });
  const places = placesOf([
    aTicket({ seat: aSeat({ number: 1 }) }),
    aTicket({ seat: aSeat({ row: 'B', number: 4 }) }),
    aTicket({ seat: aSeat({ number: 2 }) }),
    aTicket({ seat: standing }),
  ]);
  expect(places).toEqual([
    { section: 'Stalls', row: 'A', numbers: [1, 2] },
    { section: 'Stalls', row: 'B', numbers: [4] },
    { section: 'Floor', numbers: [7] },
  ]);
});
