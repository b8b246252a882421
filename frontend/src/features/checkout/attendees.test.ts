import { describe, expect, test } from 'vitest';
import type { Purchase } from '../../lib/purchase';
import { aBooking, aHold, aSeat, aTicket } from '../../test/factories';
import { attendeesOf, draftsFor, laterNames, mistakesIn, thatsMe } from './attendees';

const draft = (name: string, email = '') => ({ name, email });

describe('drafts', () => {
  test('the first ticket is the buyer’s own', () => {
    expect(draftsFor([], 3, 'Alex')).toEqual([draft('Alex'), draft(''), draft('')]);
  });
  test('what was typed stays, also a name that was taken out', () => {
    expect(draftsFor([draft(''), draft('Rui')], 3, 'Alex')).toEqual([draft(''), draft('Rui'), draft('')]);
  });
});

describe('“that’s me”', () => {
  test('moves the buyer, and loses nobody', () => {
    expect(thatsMe([draft('Alex', 'a@b.c'), draft('Rui'), draft('')], 1, 'Alex')).toEqual([
      draft('Rui'),
      draft('Alex', 'a@b.c'),
      draft(''),
    ]);
  });
  test('adds the buyer where they are not', () => {
    expect(thatsMe([draft('Ada'), draft('')], 1, 'Alex')).toEqual([draft('Ada'), draft('Alex')]);
  });
});

describe('mistakes are those that the API would find', () => {
  test.each([
    ['blank-is-later', draft(''), []],
    ['name-only', draft('Ada'), []],
    ['both', draft(' Ada ', ' ada@example.org '), []],
    ['no-dot-is-an-address', draft('Ada', 'ada@localhost'), []],
    ['any-script', draft('آدا', 'آدا@مثال.إختبار'), []],
    ['address-without-a-name', draft(' ', 'ada@example.org'), ['nameMissing']],
    ['no-at', draft('Ada', 'ada.example.org'), ['email']],
    ['two-dots', draft('Ada', 'ada..b@example.org'), ['email']],
    ['with-a-name-in-it', draft('Ada', 'Ada <ada@example.org>'), ['email']],
    ['two-addresses', draft('Ada', 'ada@b.org, bob@b.org'), ['email']],
    ['200-characters', draft('𝒜'.repeat(200)), []],
    ['201-characters', draft('a'.repeat(201)), ['nameLong']],
    ['254-characters', draft('Ada', `${'a'.repeat(242)}@example.org`), []],
    ['255-characters', draft('Ada', `${'a'.repeat(243)}@example.org`), ['emailLong']],
  ])('%s', (_, typed, want) => {
    expect(mistakesIn([typed]).map((m) => m.wrong)).toEqual(want);
  });
});

describe('attendees fill the tickets in order', () => {
  test.each([
    ['nobody', [draft(''), draft('')], []],
    ['all', [draft(' Ada ', ' a@b.c '), draft('Rui')], [{ name: 'Ada', email: 'a@b.c' }, { name: 'Rui' }]],
    ['the-last-later', [draft('Ada'), draft('')], [{ name: 'Ada' }]],
    ['behind-a-gap-later', [draft('Ada'), draft(''), draft('Rui')], [{ name: 'Ada' }]],
  ])('%s', (_, drafts, want) => {
    expect(attendeesOf(drafts)).toEqual(want);
  });
});

test('who is behind a gap is named by the seat that was shown', () => {
  const purchase: Purchase = {
    id: 'p',
    eventId: 'evt_1',
    items: [],
    together: true,
    holdKey: '',
    bookingKey: '',
    startedAt: 0,
    hold: aHold(),
    attendees: [draft('Ada'), draft(''), draft(' Rui ', 'r@b.c')],
    sent: { hold: 'hold-token', attendees: [{ name: 'Ada' }] },
  };
  const booking = aBooking({
    tickets: [3, 1, 2].map((number) => aTicket({ id: `tkt_${number}`, seat: aSeat({ number }), attendee: {} })),
  });
  expect(laterNames(purchase, booking)).toEqual([{ ticketId: 'tkt_3', to: { name: 'Rui', email: 'r@b.c' } }]);
});
