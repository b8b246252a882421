import type { Booking, Event, Hold, Location, Seat, Ticket, User } from '../api/gen/types.gen';

export const eur = (amount: number) => ({ amount, currency: 'EUR' });

export const aSeat = (over: Partial<Seat> = {}): Seat => ({
  sectionId: 'sec_stalls',
  section: 'Stalls',
  row: 'A',
  number: 1,
  ticketTypeId: 'tt_seat',
  price: eur(4500),
  ...over,
});

export const anEvent = (over: Partial<Event> = {}): Event => ({
  id: 'evt_1',
  organisationId: 'demo',
  name: 'Night of fado',
  category: 'concert',
  description: 'Voices and guitars.',
  performers: ['Ana Moura'],
  status: 'published',
  locationId: 'loc_1',
  hallId: 'hal_1',
  startsAt: '2031-06-01T20:00:00Z',
  endsAt: '2031-06-01T22:30:00Z',
  doorsAt: '2031-06-01T19:00:00Z',
  timeZone: 'Europe/Lisbon',
  ticketTypes: [
    { id: 'tt_seat', name: 'Seat', price: eur(4500), sectionIds: ['sec_stalls'] },
    { id: 'tt_floor', name: 'Floor', price: eur(2500), sectionIds: ['sec_floor'] },
  ],
  perPerson: 10,
  location: { name: 'Coliseu', address: 'Rua das Portas 96', city: 'Lisboa', country: 'PT' },
  availability: 'available',
  priceFrom: eur(2500),
  version: 3,
  ...over,
});

export const aLocation = (over: Partial<Location> = {}): Location => ({
  id: 'loc_1',
  organisationId: 'demo',
  name: 'Coliseu',
  address: 'Rua das Portas 96',
  city: 'Lisboa',
  country: 'PT',
  latitude: 38.7167,
  longitude: -9.1399,
  timeZone: 'Europe/Lisbon',
  halls: [
    {
      id: 'hal_1',
      name: 'Main hall',
      version: 1,
      sections: [
        {
          id: 'sec_stalls',
          name: 'Stalls',
          kind: 'seated',
          rows: [
            { label: 'A', seats: 12 },
            { label: 'B', seats: 14, accessible: [1, 2] },
          ],
        },
        { id: 'sec_floor', name: 'Floor', kind: 'standing', capacity: 300 },
      ],
    },
  ],
  version: 1,
  ...over,
});

export const aHold = (over: Partial<Hold> = {}): Hold => ({
  token: 'hold-token',
  eventId: 'evt_1',
  expiresAt: new Date(Date.now() + 10 * 60_000).toISOString(),
  seats: [aSeat({ number: 1 }), aSeat({ number: 2 }), aSeat({ number: 3 })],
  total: eur(13500),
  ...over,
});

export const aTicket = (over: Partial<Ticket> = {}): Ticket => ({
  id: 'tkt_1',
  seat: aSeat(),
  attendee: { name: 'Alex Attendee' },
  status: 'valid',
  code: 'ME1-ABCDEFGHJKLMNPQRSTVWXYZ',
  ...over,
});

export const aBooking = (over: Partial<Booking> = {}): Booking => ({
  id: 'bkg_1',
  eventId: 'evt_1',
  status: 'confirmed',
  total: eur(13500),
  createdAt: '2031-05-01T10:00:00Z',
  tickets: [
    aTicket(),
    aTicket({ id: 'tkt_2', seat: aSeat({ number: 2 }), attendee: { name: 'Rui' } }),
    aTicket({ id: 'tkt_3', seat: aSeat({ number: 3 }), attendee: {} }),
  ],
  event: {
    id: 'evt_1',
    name: 'Night of fado',
    startsAt: '2031-06-01T20:00:00Z',
    timeZone: 'Europe/Lisbon',
    status: 'published',
    cancelUntil: '2031-06-01T20:00:00Z',
    location: { name: 'Coliseu', address: 'Rua das Portas 96', city: 'Lisboa', country: 'PT' },
  },
  version: 1,
  ...over,
});

export const aUser = (over: Partial<User> = {}): User => ({
  id: 'usr_alex',
  email: 'alex@example.org',
  name: 'Alex Attendee',
  roles: ['attendee'],
  organisations: [],
  createdAt: '2030-01-01T00:00:00Z',
  ...over,
});
