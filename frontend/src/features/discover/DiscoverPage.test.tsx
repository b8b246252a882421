import { onlineManager } from '@tanstack/react-query';
import { act, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Event } from '../../api/gen/types.gen';
import { anEvent } from '../../test/factories';
import { renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { DiscoverPage } from './DiscoverPage';
import { parseDiscover } from './search';

const show = (at = '/') =>
  renderPage(DiscoverPage, {
    path: '/',
    at,
    texts: ['discover'],
    validateSearch: (s) => parseDiscover(s) as Record<string, unknown>,
  });

const named = (name: string, over: Partial<Event> = {}): Event => anEvent({ id: `evt_${name}`, name, ...over });

let asked: URLSearchParams[] = [];

/** Answers by what is asked, and remembers it. */
const answer = (by: (q: URLSearchParams) => { items: Event[]; nextCursor?: string } | Response) =>
  server.use(
    http.get(api('/v1/events'), ({ request }) => {
      const q = new URL(request.url).searchParams;
      asked.push(q);
      const found = by(q);
      return found instanceof Response ? found : HttpResponse.json(found);
    }),
  );

const names = () => screen.queryAllByRole('heading', { level: 3 }).map((h) => h.textContent);

beforeEach(() => {
  asked = [];
  server.use(
    http.get(api('/v1/categories'), () =>
      HttpResponse.json({
        items: [
          { id: 'concert', name: 'Concerts', count: 2 },
          { id: 'circus', name: 'Circus', count: 1 },
          { id: 'opera', name: 'Opera', count: 0 },
        ],
      }),
    ),
  );
  answer(() => ({ items: [named('Fado'), named('Salsa')] }));
});

afterEach(() => {
  onlineManager.setOnline(true);
  vi.unstubAllGlobals();
});

test('home says what is coming up, soonest first, and how many', async () => {
  await show();
  await waitFor(() => expect(names()).toEqual(['Fado', 'Salsa']));
  expect(screen.getByRole('heading', { level: 1, name: 'Every seat counts once.' })).toBeTruthy();
  expect(screen.getByRole('heading', { level: 2, name: 'Coming up' })).toBeTruthy();
  expect(screen.getByRole('status').textContent).toBe('2 events');
  expect(asked[0]?.get('cursor')).toBeNull();
});

test('a card says what, when, where, from how much, and what is left', async () => {
  answer(() => ({
    items: [
      named('Fado'),
      named('Free', { priceFrom: { amount: 0, currency: 'EUR' } }),
      ...(['few', 'soldOut', 'notOnSale', 'cancelled'] as const).map((availability) => named(availability, { availability })),
    ],
  }));
  await show();
  const cards = await screen.findAllByRole('article');
  const card = (i: number) => within(cards[i] as HTMLElement);
  expect(card(0).getByRole('link', { name: 'Fado' }).getAttribute('href')).toBe('/events/evt_Fado');
  expect(card(0).getByText(/Jun 1, 2031, 9:00/)).toBeTruthy();
  expect(card(0).getByText('Coliseu, Lisboa')).toBeTruthy();
  expect(card(0).getByText('from €25.00')).toBeTruthy();
  expect(card(1).getByText('Free', { selector: 'strong' })).toBeTruthy();
  expect(
    ['Few left', 'Sold out', 'Not on sale yet', 'Cancelled'].map((text, i) => card(i + 2).getByText(text).textContent),
  ).toHaveLength(4);
});

test('typing searches once the keys rest, is in the address, and can be undone there', async () => {
  answer((q) => ({ items: q.get('q') === 'fado' ? [named('Fado')] : [named('Fado'), named('Salsa')] }));
  const { user, router } = await show();
  await waitFor(() => expect(names()).toEqual(['Fado', 'Salsa']));
  await user.type(screen.getByRole('searchbox'), 'fado');
  expect(screen.getByRole('searchbox')).toHaveProperty('value', 'fado');
  await waitFor(() => expect(names()).toEqual(['Fado']));
  expect(asked.map((q) => q.get('q'))).toEqual([null, 'fado']); // not for every key
  expect(router.state.location.search).toEqual({ q: 'fado' });
  expect(screen.getByRole('heading', { level: 1, name: 'Discover events' })).toBeTruthy();
  expect(screen.getByRole('heading', { level: 2, name: 'What fits' })).toBeTruthy();
  await act(() => router.navigate({ to: '/', search: {} }));
  await waitFor(() => expect(screen.getByRole('searchbox')).toHaveProperty('value', ''));
  await waitFor(() => expect(names()).toEqual(['Fado', 'Salsa']));
});

test('an address that was shared asks for the same, and shows every filter', async () => {
  await show('/?q=fado&category=concert&city=Porto&country=PT&from=2031-05-01&to=2031-05-03&price=30&seats=4');
  await waitFor(() => expect(names()).toHaveLength(2));
  expect(Object.fromEntries(asked[0] ?? [])).toMatchObject({
    q: 'fado',
    category: 'concert',
    city: 'Porto',
    country: 'PT',
    from: '2031-05-01',
    to: '2031-05-03',
    priceMax: '3000',
    seats: '4',
  });
  const chips = screen.getAllByRole('link', { name: /^Remove filter/ }).map((a) => a.textContent);
  expect(chips).toEqual(['May 1 – May 3', 'Porto', 'Portugal', 'Up to 30', '4 places free']);
});

test('a chip takes its filter away, and "clear all" everything but words and category', async () => {
  const { user, router } = await show('/?q=fado&city=Porto&price=30');
  await user.click(await screen.findByRole('link', { name: 'Remove filter: Porto' }));
  await waitFor(() => expect(router.state.location.search).toEqual({ q: 'fado', price: 30 }));
  await user.click(screen.getByRole('link', { name: 'Clear all' }));
  await waitFor(() => expect(router.state.location.search).toEqual({ q: 'fado' }));
});

test('categories that have events are offered, with how many', async () => {
  const { user, router } = await show();
  const line = within(screen.getByRole('navigation', { name: 'Categories' }));
  await waitFor(() =>
    expect(line.getAllByRole('link').map((a) => a.textContent)).toEqual(['Everything', 'Concerts2', 'Circus1']),
  );
  await user.click(line.getByRole('link', { name: /Circus/ }));
  await waitFor(() => expect(router.state.location.search).toEqual({ category: 'circus' }));
  await waitFor(() => expect(asked.at(-1)?.get('category')).toBe('circus'));
});

test('days are chosen by name', async () => {
  const { user, router } = await show();
  await user.selectOptions(screen.getByRole('combobox', { name: 'When' }), 'Next 7 days');
  await waitFor(() => expect(router.state.location.search).toEqual({ when: 'week' }));
  await waitFor(() => expect(asked.at(-1)?.get('to')).toMatch(/^\d{4}-\d\d-\d\d$/));
  await user.selectOptions(screen.getByRole('combobox', { name: 'When' }), 'Any time');
  await waitFor(() => expect(router.state.location.search).toEqual({}));
});

test('the other filters are set at once, and mistakes are said at their fields', async () => {
  const { user, router } = await show('/?q=fado');
  await user.click(screen.getByRole('button', { name: 'Filters' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Filters' }));
  await user.type(dialog.getByRole('textbox', { name: 'Price up to' }), 'thirty');
  await user.type(dialog.getByRole('textbox', { name: 'City' }), 'Porto');
  expect(dialog.getByText('A whole number, please')).toBeTruthy();
  await user.click(dialog.getByRole('button', { name: 'Show events' }));
  expect(router.state.location.search).toEqual({ q: 'fado' });
  await user.clear(dialog.getByRole('textbox', { name: 'Price up to' }));
  await user.type(dialog.getByRole('textbox', { name: 'Price up to' }), '30');
  await user.type(dialog.getByRole('textbox', { name: 'Places free' }), '4');
  await user.selectOptions(dialog.getByRole('combobox', { name: 'Country' }), 'PT');
  await user.click(dialog.getByRole('button', { name: 'Show events' }));
  await waitFor(() =>
    expect(router.state.location.search).toEqual({ q: 'fado', city: 'Porto', country: 'PT', price: 30, seats: 4 }),
  );
  expect(screen.queryByRole('dialog')).toBeNull();
});

const position = (answers: (done: PositionCallback, refused: PositionErrorCallback) => void) =>
  Object.assign(navigator, { geolocation: { getCurrentPosition: answers } });

test('near me takes about where one is, and can be left', async () => {
  position((done) => done({ coords: { latitude: 41.14961, longitude: -8.61099 } } as GeolocationPosition));
  const { user, router } = await show('/?city=Lisboa');
  await user.click(screen.getByRole('button', { name: 'Near me' }));
  await waitFor(() => expect(router.state.location.search).toEqual({ near: '41.15,-8.61', radiusKm: 50 }));
  await waitFor(() => expect(asked.at(-1)?.get('near')).toBe('41.15,-8.61'));
  expect(screen.getByRole('link', { name: 'Remove filter: Within 50 km' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Near me', pressed: true }));
  await waitFor(() => expect(router.state.location.search).toEqual({}));
  Reflect.deleteProperty(navigator, 'geolocation');
});

test('whoever keeps their position is told what to do instead', async () => {
  position((_, refused) => refused({ code: 1 } as GeolocationPositionError));
  const { user, router } = await show();
  await user.click(screen.getByRole('button', { name: 'Near me' }));
  expect((await screen.findByRole('alert')).textContent).toMatch(/Type a city instead/);
  expect(router.state.location.search).toEqual({});
  Reflect.deleteProperty(navigator, 'geolocation');
});

test('more is loaded on demand, behind what is there', async () => {
  answer((q) => (q.get('cursor') === 'c2' ? { items: [named('Tango')] } : { items: [named('Fado')], nextCursor: 'c2' }));
  const { user } = await show();
  expect((await screen.findByText('1 event, and more below')).getAttribute('role')).toBe('status');
  await user.click(screen.getByRole('button', { name: 'Show more' }));
  await waitFor(() => expect(names()).toEqual(['Fado', 'Tango']));
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
  expect(screen.getByRole('status').textContent).toBe('2 events');
});

test('more is loaded by scrolling', async () => {
  const seen: IntersectionObserverCallback[] = [];
  vi.stubGlobal(
    'IntersectionObserver',
    class {
      constructor(callback: IntersectionObserverCallback) {
        seen.push(callback);
      }
      observe() {}
      disconnect() {}
    },
  );
  answer((q) => (q.get('cursor') === 'c2' ? { items: [named('Tango')] } : { items: [named('Fado')], nextCursor: 'c2' }));
  await show();
  await waitFor(() => expect(seen.length).toBeGreaterThan(0));
  act(() => seen.at(-1)?.([{ isIntersecting: true } as IntersectionObserverEntry], {} as IntersectionObserver));
  await waitFor(() => expect(names()).toEqual(['Fado', 'Tango']));
});

test('an empty page is not the end', async () => {
  answer((q) => (q.get('cursor') ? { items: [named('Tango')] } : { items: [], nextCursor: 'c2' }));
  await show();
  await waitFor(() => expect(names()).toEqual(['Tango']));
});

test('more that fails leaves what is there, and is tried again', async () => {
  let failed = false;
  answer((q) => {
    if (!q.get('cursor')) return { items: [named('Fado')], nextCursor: 'c2' };
    if (failed) return { items: [named('Tango')] };
    failed = true;
    return problem(503, 'unavailable');
  });
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Show more' }));
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(names()).toEqual(['Fado', 'Tango']));
});

test('while it loads, nothing is claimed', async () => {
  let go: (answer: Response) => void = () => {};
  const reply = new Promise<Response>((done) => {
    go = done;
  });
  server.use(http.get(api('/v1/events'), () => reply));
  await show();
  expect(screen.getByRole('region', { name: 'Coming up' }).getAttribute('aria-busy')).toBe('true');
  expect(screen.getByRole('status').textContent).toBe('');
  go(HttpResponse.json({ items: [named('Fado')] }));
  await waitFor(() => expect(names()).toEqual(['Fado']));
});

test('a search that finds nothing says what to try, and leads back', async () => {
  answer((q) => ({ items: q.get('q') ? [] : [named('Fado')] }));
  const { user } = await show('/?q=zyx');
  expect(await screen.findByRole('heading', { name: 'Nothing fits that search' })).toBeTruthy();
  await user.click(screen.getByRole('link', { name: 'Clear all' }));
  await waitFor(() => expect(names()).toEqual(['Fado']));
});

test('a platform without events says so', async () => {
  answer(() => ({ items: [] }));
  await show();
  expect(await screen.findByRole('heading', { name: 'Nothing is on sale yet' })).toBeTruthy();
});

test('a failure says so, and is tried again', async () => {
  let failed = false;
  answer(() => {
    if (failed) return { items: [named('Fado')] };
    failed = true;
    return problem(503, 'unavailable');
  });
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(names()).toEqual(['Fado']));
});

test('without a network it waits, and goes on by itself', async () => {
  onlineManager.setOnline(false);
  await show();
  expect(screen.getByRole('region', { name: 'Coming up' }).getAttribute('aria-busy')).toBe('true');
  expect(asked).toEqual([]);
  act(() => onlineManager.setOnline(true));
  await waitFor(() => expect(names()).toEqual(['Fado', 'Salsa']));
});
