import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import {
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  Outlet,
  type RouteComponent,
  RouterProvider,
} from '@tanstack/react-router';
import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Look } from '../app/Look';
import { loadTexts } from '../lib/i18n';
import { type Person, signedIn } from '../lib/session';

export const alex: Person = {
  id: 'usr_alex',
  email: 'alex@example.org',
  name: 'Alex Attendee',
  roles: ['attendee'],
  organisations: [],
};
export const olga: Person = {
  id: 'usr_olga',
  email: 'olga@example.org',
  name: 'Olga Organiser',
  roles: ['attendee', 'organiser'],
  organisations: ['demo'],
};
export const dora: Person = {
  id: 'usr_dora',
  email: 'dora@example.org',
  name: 'Dora Door',
  roles: ['attendee', 'staff'],
  organisations: ['demo'],
};

interface Options {
  /** The route's pattern, "/events/$eventId", and the address that is opened, "/events/evt_1?x=1". */
  path: string;
  at?: string;
  /** Namespaces to load before. */
  texts?: string[];
  /** Who is signed in; absent: nobody. */
  as?: Person;
  validateSearch?: (search: Record<string, unknown>) => Record<string, unknown>;
}

/**
 * Renders a page alone, at an address, in English, with the API as src/test/server.ts answers. Other addresses show
 * "at <address>", so that a test sees where a page leads.
 */
export const renderPage = async (component: RouteComponent, { path, at = path, texts = [], as, validateSearch }: Options) => {
  await loadTexts('common', ...texts);
  if (as) signedIn('token', as);
  const root = createRootRoute({ component: Outlet });
  const page = createRoute({
    getParentRoute: () => root,
    path,
    component,
    ...(validateSearch && { validateSearch }),
  });
  const elsewhere = createRoute({
    getParentRoute: () => root,
    path: '$',
    component: () => <p>{`at ${router.state.location.href}`}</p>,
  });
  const router = createRouter({
    routeTree: root.addChildren([page, elsewhere]),
    history: createMemoryHistory({ initialEntries: [at] }),
    defaultPendingMinMs: 0,
  });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false, gcTime: Number.POSITIVE_INFINITY } } });
  const user = userEvent.setup({ delay: null });
  await router.load();
  const view = render(
    <QueryClientProvider client={queries}>
      <Look>
        <RouterProvider router={router as never} />
      </Look>
    </QueryClientProvider>,
  );
  return { ...view, user, router, queries };
};
