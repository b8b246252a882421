import { createRootRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { parseDiscover } from '../features/discover/search';
import { loadTexts } from '../lib/i18n';
import type { Role } from '../lib/session';
import { NotFound } from './NotFound';
import { RequireSession } from './RequireSession';
import { Shell } from './Shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

/** Loads a feature's texts while its code loads, so that neither waits for the other. */
const texts = (...namespaces: string[]) => ({ loader: () => loadTexts(...namespaces) });

/** Pages below are for people who are signed in, with one of the roles where some are named. */
const signedIn = (id: string, ...roles: Role[]) =>
  createRoute({ getParentRoute: () => root, id, component: () => <RequireSession roles={roles} /> });

const attendee = signedIn('attendee');
const organiser = signedIn('organiser', 'organiser');
const door = signedIn('door', 'staff', 'organiser');

const discover = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: parseDiscover,
  ...texts('discover'),
  component: lazyRouteComponent(() => import('../features/discover/DiscoverPage'), 'DiscoverPage'),
});

const event = createRoute({
  getParentRoute: () => root,
  path: '/events/$eventId',
  ...texts('event'),
  component: lazyRouteComponent(() => import('../features/event/EventPage'), 'EventPage'),
});

const seats = createRoute({
  getParentRoute: () => root,
  path: '/events/$eventId/seats',
  ...texts('seats'),
  component: lazyRouteComponent(() => import('../features/seats/SeatsPage'), 'SeatsPage'),
});

/** purchase is the id of one in lib/purchase. */
const checkout = createRoute({
  getParentRoute: () => attendee,
  path: '/events/$eventId/checkout',
  validateSearch: (search: Record<string, unknown>): { purchase?: string } =>
    typeof search.purchase === 'string' ? { purchase: search.purchase } : {},
  ...texts('checkout'),
  component: lazyRouteComponent(() => import('../features/checkout/CheckoutPage'), 'CheckoutPage'),
});

const bookings = createRoute({
  getParentRoute: () => attendee,
  path: '/bookings',
  ...texts('bookings'),
  component: lazyRouteComponent(() => import('../features/bookings/BookingsPage'), 'BookingsPage'),
});

/** justBooked shows the confirmation on top. */
const booking = createRoute({
  getParentRoute: () => attendee,
  path: '/bookings/$bookingId',
  validateSearch: (search: Record<string, unknown>): { justBooked?: true } => (search.justBooked ? { justBooked: true } : {}),
  ...texts('bookings'),
  component: lazyRouteComponent(() => import('../features/bookings/BookingPage'), 'BookingPage'),
});

const ticket = createRoute({
  getParentRoute: () => root,
  path: '/tickets/$token',
  ...texts('ticket'),
  component: lazyRouteComponent(() => import('../features/ticket/TicketPage'), 'TicketPage'),
});

const account = createRoute({
  getParentRoute: () => attendee,
  path: '/account',
  ...texts('account'),
  component: lazyRouteComponent(() => import('../features/account/AccountPage'), 'AccountPage'),
});

const callback = createRoute({
  getParentRoute: () => root,
  path: '/auth/callback',
  component: lazyRouteComponent(() => import('./CallbackPage'), 'CallbackPage'),
});

const organise = createRoute({
  getParentRoute: () => organiser,
  path: '/organise',
  ...texts('organise'),
  component: lazyRouteComponent(() => import('../features/organise/OrganisePage'), 'OrganisePage'),
});

const newEvent = createRoute({
  getParentRoute: () => organiser,
  path: '/organise/events/new',
  ...texts('organise'),
  component: lazyRouteComponent(() => import('../features/organise/NewEventPage'), 'NewEventPage'),
});

const dashboard = createRoute({
  getParentRoute: () => organiser,
  path: '/organise/events/$eventId',
  ...texts('organise'),
  component: lazyRouteComponent(() => import('../features/organise/DashboardPage'), 'DashboardPage'),
});

const editEvent = createRoute({
  getParentRoute: () => organiser,
  path: '/organise/events/$eventId/edit',
  ...texts('organise'),
  component: lazyRouteComponent(() => import('../features/organise/EditEventPage'), 'EditEventPage'),
});

const eventBookings = createRoute({
  getParentRoute: () => organiser,
  path: '/organise/events/$eventId/bookings',
  ...texts('organise'),
  component: lazyRouteComponent(() => import('../features/organise/EventBookingsPage'), 'EventBookingsPage'),
});

const locations = createRoute({
  getParentRoute: () => organiser,
  path: '/organise/locations',
  ...texts('locations'),
  component: lazyRouteComponent(() => import('../features/locations/LocationsPage'), 'LocationsPage'),
});

const newLocation = createRoute({
  getParentRoute: () => organiser,
  path: '/organise/locations/new',
  ...texts('locations'),
  component: lazyRouteComponent(() => import('../features/locations/NewLocationPage'), 'NewLocationPage'),
});

const location = createRoute({
  getParentRoute: () => organiser,
  path: '/organise/locations/$locationId',
  ...texts('locations'),
  component: lazyRouteComponent(() => import('../features/locations/LocationPage'), 'LocationPage'),
});

/** hallId "new" makes one. */
const hall = createRoute({
  getParentRoute: () => organiser,
  path: '/organise/locations/$locationId/halls/$hallId',
  ...texts('locations'),
  component: lazyRouteComponent(() => import('../features/locations/HallPage'), 'HallPage'),
});

const scan = createRoute({
  getParentRoute: () => door,
  path: '/scan',
  ...texts('scan'),
  component: lazyRouteComponent(() => import('../features/scan/ScanPage'), 'ScanPage'),
});

const scanEvent = createRoute({
  getParentRoute: () => door,
  path: '/scan/$eventId',
  ...texts('scan'),
  component: lazyRouteComponent(() => import('../features/scan/DoorPage'), 'DoorPage'),
});

export const routeTree = root.addChildren([
  discover,
  event,
  seats,
  ticket,
  callback,
  attendee.addChildren([checkout, bookings, booking, account]),
  organiser.addChildren([organise, newEvent, dashboard, editEvent, eventBookings, locations, newLocation, location, hall]),
  door.addChildren([scan, scanEvent]),
]);
