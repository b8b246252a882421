import { onlineManager } from '@tanstack/react-query';
import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Availability, Event } from '../../api/gen/types.gen';
import { aLocation, anEvent } from '../../test/factories';
import { type alex, olga, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { EventPage } from './EventPage';

const show = (as?: typeof alex) =>
  renderPage(EventPage, { path: '/events/$eventId', at: '/events/evt_1', texts: ['event'], ...(as && { as }) });

const counts = (seats: number, floor = 300, held = 0): Availability => ({
  eventId: 'evt_1',
  asOf: '2031-05-01T12:00:00Z',
  sections: [
    { sectionId: 'sec_stalls', total: 26, free: seats, held, sold: 26 - seats - held },
    { sectionId: 'sec_floor', total: 300, free: floor, held: 0, sold: 300 - floor },
  ],
});

const answer = (event: Event, ...known: Availability[]) => {
  let asked = 0;
  server.use(
    http.get(api('/v1/events/evt_1'), () => HttpResponse.json(event)),
    http.get(api('/v1/events/evt_1/availability'), () => {
      const count = known[Math.min(asked, known.length - 1)];
      asked += 1;
      return count ? HttpResponse.json(count) : problem(404, 'notFound');
    }),
    http.get(api('/v1/locations/loc_1'), () => HttpResponse.json(aLocation())),
  );
};

const row = async (name: string) => {
  const item = (await screen.findByText(name, { selector: 'span' })).closest('li');
  if (!item) throw new Error(`no row ${name}`);
  return within(item);
};

beforeEach(() => answer(anEvent(), counts(26)));
afterEach(() => {
  onlineManager.setOnline(true);
  Reflect.deleteProperty(navigator, 'share');
});

test('what, when by both clocks, where, and what it costs', async () => {
  vi.spyOn(Intl.DateTimeFormat.prototype, 'resolvedOptions').mockReturnValue({ timeZone: 'Asia/Tokyo' } as never);
  await show();
  expect(await screen.findByRole('heading', { level: 1, name: 'Night of fado' })).toBeTruthy();
  expect(document.title).toBe('Night of fado · MyEvents');
  expect(screen.getByText(/Sun, Jun 1, 2031, 9:00/)).toBeTruthy(); // Lisbon
  expect(screen.getByText(/Mon.* 5:00.*on your clock/)).toBeTruthy();
  expect(screen.getByText(/Doors open at 8:00/)).toBeTruthy();
  expect(screen.getByText('Coliseu')).toBeTruthy();
  expect(screen.getByText('Rua das Portas 96, Lisboa, Portugal')).toBeTruthy();
  expect(screen.getByText('With Ana Moura')).toBeTruthy();
  expect((await row('Seat')).getByText('€45.00')).toBeTruthy();
  expect(await (await row('Floor')).findByText('300 left')).toBeTruthy();
  expect(screen.queryByRole('link', { name: 'Manage' })).toBeNull();
});

test('whoever organises it can manage it', async () => {
  await show(olga);
  expect((await screen.findByRole('link', { name: 'Manage' })).getAttribute('href')).toBe('/organise/events/evt_1');
});

test('what is left changes without a touch', async () => {
  answer(anEvent(), counts(26), counts(1));
  await show();
  expect(await (await row('Seat')).findByText('26 left')).toBeTruthy();
  expect(await (await row('Seat')).findByText('Only 1 left', {}, { timeout: 10_000 })).toBeTruthy();
});

test.each<[string, Partial<Event>, RegExp]>([
  ['a draft', { status: 'draft' }, /This is a draft/],
  ['cancelled', { status: 'cancelled', availability: 'cancelled', cancelReason: 'The roof leaks.' }, /The roof leaks\./],
  ['over', { availability: 'ended' }, /This event is over/],
  ['moved', { rescheduledAt: '2031-04-01T00:00:00Z' }, /moved to another time/],
  ['sold out', { availability: 'soldOut' }, /Sold out\. Places that are given back/],
  ['few left', { availability: 'few' }, /Only few places are left/],
])('it says what one must know: %s', async (_, over, text) => {
  answer(anEvent(over), counts(26));
  await show();
  expect(await screen.findByText(text)).toBeTruthy();
});

test('a draft shows what its tickets will cost, and sells none', async () => {
  answer(anEvent({ status: 'draft', onSaleFrom: '2031-05-20T08:00:00Z' }));
  await show();
  const tickets = within(await screen.findByRole('region', { name: 'Tickets' }));
  expect(tickets.getAllByRole('listitem')[0]?.textContent).toContain('Seat€45.00');
  expect(tickets.queryByRole('button')).toBeNull();
});

test('what is cancelled or over sells nothing', async () => {
  answer(anEvent({ status: 'cancelled', availability: 'cancelled' }));
  await show();
  await screen.findByRole('heading', { level: 1 });
  expect(screen.queryByRole('heading', { name: 'Tickets' })).toBeNull();
});

test.each<[string, Partial<Event>, Availability, string | RegExp]>([
  ['sold out', {}, counts(0), 'Sold out'],
  ['in baskets', {}, counts(0, 300, 3), 'All in other people’s baskets just now'],
  ['later', { onSaleFrom: '2031-05-20T08:00:00Z' }, counts(26), /On sale from Tue, May 20, 2031/],
  ['no longer', { onSaleUntil: '2020-05-20T08:00:00Z' }, counts(26), 'No longer on sale'],
])('a ticket type says why it cannot be had: %s', async (_, over, known, text) => {
  answer(anEvent(over), known);
  await show();
  const seat = await row('Seat');
  expect(await seat.findByText(text)).toBeTruthy();
  expect(seat.getByRole('button', { name: 'One more: Seat' })).toHaveProperty('disabled', true);
});

test('three seats side by side go on to the checkout', async () => {
  const { user, router } = await show();
  const more = await screen.findByRole('button', { name: 'One more: Seat' });
  await waitFor(() => expect(more).toHaveProperty('disabled', false));
  for (let i = 0; i < 3; i++) await user.click(more);
  expect(screen.getByText('3 tickets')).toBeTruthy();
  expect(screen.getByText('€135.00')).toBeTruthy();
  expect(await screen.findByRole('checkbox', { name: 'Seats side by side' })).toHaveProperty('checked', true);
  await user.click(screen.getByRole('button', { name: 'Continue' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/events/evt_1/checkout'));
  const id = (router.state.location.search as { purchase?: string }).purchase;
  const kept = JSON.parse(localStorage.getItem(`myevents.purchase.${id}`) ?? '{}');
  expect(kept).toMatchObject({ eventId: 'evt_1', items: [{ ticketTypeId: 'tt_seat', quantity: 3 }], together: true });
  expect(kept.holdKey).not.toBe(kept.bookingKey);
});

test('nobody takes more than a person may', async () => {
  answer(anEvent({ perPerson: 2 }), counts(26));
  const { user } = await show();
  expect(await screen.findByText('At most 2 tickets per person')).toBeTruthy();
  const more = screen.getByRole('button', { name: 'One more: Seat' });
  await waitFor(() => expect(more).toHaveProperty('disabled', false));
  await user.click(more);
  await user.click(screen.getByRole('button', { name: 'One more: Floor' }));
  expect(more).toHaveProperty('disabled', true);
  await user.click(screen.getByRole('button', { name: 'One less: Floor' }));
  expect(more).toHaveProperty('disabled', false);
});

test('seats can be chosen on the map', async () => {
  await show();
  expect((await screen.findByRole('link', { name: 'Choose seats on the map' })).getAttribute('href')).toBe('/events/evt_1/seats');
});

test('a sale that is just opening says so', async () => {
  answer(anEvent());
  await show();
  expect(await screen.findByText('Sales are just opening…')).toBeTruthy();
});

test('counts that stay away are said to be old', async () => {
  server.use(http.get(api('/v1/events/evt_1/availability'), () => problem(503, 'unavailable')));
  await show();
  expect(await screen.findByText('What is left may have changed since.')).toBeTruthy();
});

test('an event that is not there', async () => {
  server.use(http.get(api('/v1/events/evt_1'), () => problem(404, 'notFound')));
  await show();
  expect(await screen.findByRole('heading', { level: 1, name: 'This event is not here' })).toBeTruthy();
  expect(screen.getByRole('link', { name: 'All events' }).getAttribute('href')).toBe('/');
});

test('a failure can be tried again', async () => {
  let failed = false;
  server.use(
    http.get(api('/v1/events/evt_1'), () => {
      if (failed) return HttpResponse.json(anEvent());
      failed = true;
      return problem(503, 'unavailable');
    }),
  );
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('heading', { level: 1, name: 'Night of fado' })).toBeTruthy();
});

test('a map is only asked for by whoever wants one', async () => {
  answer(anEvent({ location: { ...anEvent().location, latitude: 38.7, longitude: -9.1 } }), counts(26));
  const { user, container } = await show();
  await screen.findByRole('heading', { level: 1 });
  expect(screen.getByText(/openstreetmap\.org, which then sees your address/)).toBeTruthy();
  expect(container.querySelector('.leaflet-container')).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Show on a map' }));
  expect(await screen.findByRole('region', { name: 'Map of Coliseu' })).toBeTruthy();
});

test('sharing uses the device’s own way', async () => {
  const share = vi.fn(async () => undefined);
  Object.assign(navigator, { share });
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Share' }));
  expect(share).toHaveBeenCalledWith({ title: 'Night of fado', url: `${location.origin}/events/evt_1` });
});

test('where there is none, the link is copied', async () => {
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Share' }));
  await waitFor(async () => expect(await navigator.clipboard.readText()).toBe(`${location.origin}/events/evt_1`));
});
