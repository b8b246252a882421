import { createRootRoute, createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { eventsQuery } from '../features/discover/queries';
import { parseDiscover } from '../features/discover/search';
import { parseSeats } from '../features/seats/search';
import { eventQuery } from '../lib/events';
import { loadTexts } from '../lib/i18n';
import type { Role } from '../lib/session';
import { NotFound } from './NotFound';
import { queryClient } from './queries';
import { RequireSession } from './RequireSession';
import { Shell } from './Shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const patience = 600; // milliseconds

/** Waits for what a page shows, if it comes soon: then it is drawn once, in slices, and not first without it. */
const soon = (data: Promise<unknown>): Promise<unknown> =>
  Promise.race([data, new Promise((done) => setTimeout(done, patience))]);

/** Loads a feature's texts while its code loads, so that neither waits for the other. */
const texts = (...namespaces: string[]) => ({ loader: () => loadTexts(...namespaces) });

/** A page for people who are signed in, with one of the roles where some are named. */
const signedIn = (Page: ReturnType<typeof lazyRouteComponent>, ...roles: Role[]) =>
  Object.assign(
    () => (
      <RequireSession roles={roles}>
        <Page />
      </RequireSession>
    ),
    { preload: Page.preload }, // the router fetches code while the pointer is on a link
  );

const discover = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: parseDiscover,
  loaderDeps: ({ search }) => search,
  // The list is asked for while the page's code is still on its way.
  loader: ({ deps, cause }) => {
    const list = queryClient.prefetchInfiniteQuery(eventsQuery(deps));
    return Promise.all([loadTexts('discover'), cause === 'enter' && soon(list)]); // what is typed waits for nothing
  },
  component: lazyRouteComponent(() => import('../features/discover/DiscoverPage'), 'DiscoverPage'),
});

const event = createRoute({
  getParentRoute: () => root,
  path: '/events/$eventId',
  loader: ({ params }) => Promise.all([loadTexts('event'), soon(queryClient.prefetchQuery(eventQuery(params.eventId)))]),
  component: lazyRouteComponent(() => import('../features/event/EventPage'), 'EventPage'),
});

const seats = createRoute({
  getParentRoute: () => root,
  path: '/events/$eventId/seats',
  validateSearch: parseSeats,
  loader: ({ params }) => Promise.all([loadTexts('seats'), soon(queryClient.prefetchQuery(eventQuery(params.eventId)))]),
  component: lazyRouteComponent(() => import('../features/seats/SeatsPage'), 'SeatsPage'),
});

/** purchase is the id of one in lib/purchase. */
const checkout = createRoute({
  getParentRoute: () => root,
  path: '/events/$eventId/checkout',
  validateSearch: (search: Record<string, unknown>): { purchase?: string } =>
    typeof search.purchase === 'string' ? { purchase: search.purchase } : {},
  ...texts('checkout'),
  component: signedIn(lazyRouteComponent(() => import('../features/checkout/CheckoutPage'), 'CheckoutPage')),
});

const bookings = createRoute({
  getParentRoute: () => root,
  path: '/bookings',
  ...texts('bookings', 'ticket'),
  component: signedIn(lazyRouteComponent(() => import('../features/bookings/BookingsPage'), 'BookingsPage')),
});

/** justBooked shows the confirmation on top. */
const booking = createRoute({
  getParentRoute: () => root,
  path: '/bookings/$bookingId',
  validateSearch: (search: Record<string, unknown>): { justBooked?: true } => (search.justBooked ? { justBooked: true } : {}),
  ...texts('bookings', 'ticket'),
  component: signedIn(lazyRouteComponent(() => import('../features/bookings/BookingPage'), 'BookingPage')),
});

const ticket = createRoute({
  getParentRoute: () => root,
  path: '/tickets/$token',
  ...texts('ticket'),
  component: lazyRouteComponent(() => import('../features/ticket/TicketPage'), 'TicketPage'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: '/account',
  ...texts('account'),
  component: signedIn(lazyRouteComponent(() => import('../features/account/AccountPage'), 'AccountPage')),
});

const callback = createRoute({
  getParentRoute: () => root,
  path: '/auth/callback',
  component: lazyRouteComponent(() => import('./CallbackPage'), 'CallbackPage'),
});

const organise = createRoute({
  getParentRoute: () => root,
  path: '/organise',
  ...texts('organise'),
  component: signedIn(
    lazyRouteComponent(() => import('../features/organise/OrganisePage'), 'OrganisePage'),
    'organiser',
  ),
});

const newEvent = createRoute({
  getParentRoute: () => root,
  path: '/organise/events/new',
  ...texts('organise'),
  component: signedIn(
    lazyRouteComponent(() => import('../features/organise/NewEventPage'), 'NewEventPage'),
    'organiser',
  ),
});

const dashboard = createRoute({
  getParentRoute: () => root,
  path: '/organise/events/$eventId',
  ...texts('organise'),
  component: signedIn(
    lazyRouteComponent(() => import('../features/organise/DashboardPage'), 'DashboardPage'),
    'organiser',
  ),
});

const editEvent = createRoute({
  getParentRoute: () => root,
  path: '/organise/events/$eventId/edit',
  ...texts('organise'),
  component: signedIn(
    lazyRouteComponent(() => import('../features/organise/EditEventPage'), 'EditEventPage'),
    'organiser',
  ),
});

const eventBookings = createRoute({
  getParentRoute: () => root,
  path: '/organise/events/$eventId/bookings',
  ...texts('organise'),
  component: signedIn(
    lazyRouteComponent(() => import('../features/organise/EventBookingsPage'), 'EventBookingsPage'),
    'organiser',
  ),
});

const locations = createRoute({
  getParentRoute: () => root,
  path: '/organise/locations',
  ...texts('locations'),
  component: signedIn(
    lazyRouteComponent(() => import('../features/locations/LocationsPage'), 'LocationsPage'),
    'organiser',
  ),
});

const newLocation = createRoute({
  getParentRoute: () => root,
  path: '/organise/locations/new',
  ...texts('locations'),
  component: signedIn(
    lazyRouteComponent(() => import('../features/locations/NewLocationPage'), 'NewLocationPage'),
    'organiser',
  ),
});

const location = createRoute({
  getParentRoute: () => root,
  path: '/organise/locations/$locationId',
  ...texts('locations'),
  component: signedIn(
    lazyRouteComponent(() => import('../features/locations/LocationPage'), 'LocationPage'),
    'organiser',
  ),
});

/** hallId "new" makes one. */
const hall = createRoute({
  getParentRoute: () => root,
  path: '/organise/locations/$locationId/halls/$hallId',
  ...texts('locations'),
  component: signedIn(
    lazyRouteComponent(() => import('../features/locations/HallPage'), 'HallPage'),
    'organiser',
  ),
});

const scan = createRoute({
  getParentRoute: () => root,
  path: '/scan',
  ...texts('scan'),
  component: signedIn(
    lazyRouteComponent(() => import('../features/scan/ScanPage'), 'ScanPage'),
    'staff',
    'organiser',
  ),
});

const scanEvent = createRoute({
  getParentRoute: () => root,
  path: '/scan/$eventId',
  ...texts('scan'),
  component: signedIn(
    lazyRouteComponent(() => import('../features/scan/DoorPage'), 'DoorPage'),
    'staff',
    'organiser',
  ),
});

export const routeTree = root.addChildren([
  discover,
  event,
  seats,
  ticket,
  callback,
  checkout,
  bookings,
  booking,
  account,
  organise,
  newEvent,
  dashboard,
  editEvent,
  eventBookings,
  locations,
  newLocation,
  location,
  hall,
  scan,
  scanEvent,
]);
