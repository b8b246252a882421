import type { DemoRole } from './fixtures.ts';

/** What the pages of a tour show: an event of the demo's that many have booked, and things that were made of it. */
export interface Stage {
  event: string;
  /** An event whose doors are open. */
  evening: string;
  draft: string;
  location: string;
  hall: string;
  booking: string;
  /** Of a shared ticket's link. */
  ticket: string;
}

export interface Route {
  /** As in src/app/routes.tsx; a test compares. */
  path: string;
  /** The module of its page, from frontend/. */
  page: string;
  /** The files of texts that it loads beside the common ones. */
  texts: string[];
  /** Who may see it; absent anybody, and then it is a page that strangers see first. */
  as?: DemoRole;
  /** What to open. */
  at(stage: Stage): string;
}

const organiser: Pick<Route, 'as' | 'texts'> = { as: 'organiser', texts: ['organise'] };
const locations: Pick<Route, 'as' | 'texts'> = { as: 'organiser', texts: ['locations'] };

/** Every page of the web app. */
export const routes: Route[] = [
  { path: '/', page: 'src/features/discover/DiscoverPage.tsx', texts: ['discover'], at: () => '/' },
  {
    path: '/events/$eventId',
    page: 'src/features/event/EventPage.tsx',
    texts: ['event'],
    at: ({ event }) => `/events/${event}`,
  },
  {
    path: '/events/$eventId/seats',
    page: 'src/features/seats/SeatsPage.tsx',
    texts: ['seats'],
    at: ({ event }) => `/events/${event}/seats`,
  },
  {
    path: '/tickets/$token',
    page: 'src/features/ticket/TicketPage.tsx',
    texts: ['ticket'],
    at: ({ ticket }) => `/tickets/${ticket}`,
  },
  { path: '/auth/callback', page: 'src/app/CallbackPage.tsx', texts: [], at: () => '/auth/callback' },
  {
    path: '/events/$eventId/checkout',
    page: 'src/features/checkout/CheckoutPage.tsx',
    texts: ['checkout'],
    as: 'attendee',
    at: ({ event }) => `/events/${event}/checkout`,
  },
  {
    path: '/bookings',
    page: 'src/features/bookings/BookingsPage.tsx',
    texts: ['bookings', 'ticket'],
    as: 'attendee',
    at: () => '/bookings',
  },
  {
    path: '/bookings/$bookingId',
    page: 'src/features/bookings/BookingPage.tsx',
    texts: ['bookings', 'ticket'],
    as: 'attendee',
    at: ({ booking }) => `/bookings/${booking}`,
  },
  { path: '/account', page: 'src/features/account/AccountPage.tsx', texts: ['account'], as: 'attendee', at: () => '/account' },
  { path: '/organise', page: 'src/features/organise/OrganisePage.tsx', ...organiser, at: () => '/organise' },
  {
    path: '/organise/events/new',
    page: 'src/features/organise/NewEventPage.tsx',
    ...organiser,
    at: () => '/organise/events/new',
  },
  {
    path: '/organise/events/$eventId',
    page: 'src/features/organise/DashboardPage.tsx',
    ...organiser,
    at: ({ evening }) => `/organise/events/${evening}`,
  },
  {
    path: '/organise/events/$eventId/edit',
    page: 'src/features/organise/EditEventPage.tsx',
    ...organiser,
    at: ({ draft }) => `/organise/events/${draft}/edit`,
  },
  {
    path: '/organise/events/$eventId/bookings',
    page: 'src/features/organise/EventBookingsPage.tsx',
    ...organiser,
    at: ({ evening }) => `/organise/events/${evening}/bookings`,
  },
  {
    path: '/organise/locations',
    page: 'src/features/locations/LocationsPage.tsx',
    ...locations,
    at: () => '/organise/locations',
  },
  {
    path: '/organise/locations/new',
    page: 'src/features/locations/NewLocationPage.tsx',
    ...locations,
    at: () => '/organise/locations/new',
  },
  {
    path: '/organise/locations/$locationId',
    page: 'src/features/locations/LocationPage.tsx',
    ...locations,
    at: ({ location }) => `/organise/locations/${location}`,
  },
  {
    path: '/organise/locations/$locationId/halls/$hallId',
    page: 'src/features/locations/HallPage.tsx',
    ...locations,
    at: ({ location, hall }) => `/organise/locations/${location}/halls/${hall}`,
  },
  { path: '/scan', page: 'src/features/scan/ScanPage.tsx', texts: ['scan'], as: 'door', at: () => '/scan' },
  {
    path: '/scan/$eventId',
    page: 'src/features/scan/DoorPage.tsx',
    texts: ['scan'],
    as: 'door',
    at: ({ evening }) => `/scan/${evening}`,
  },
];
