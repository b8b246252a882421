import { onlineManager } from '@tanstack/react-query';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import type { Booking } from '../../api/gen/types.gen';
import { keep, readKept } from '../../lib/kept';
import { shelf } from '../../lib/storage';
import { aBooking, aTicket, eur } from '../../test/factories';
import { alex, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { BookingsPage } from './BookingsPage';

const show = () => renderPage(BookingsPage, { path: '/bookings', texts: ['bookings', 'ticket'], as: alex });

const answer = (...items: Booking[]) => server.use(http.get(api('/v1/bookings'), () => HttpResponse.json({ items })));

const event = aBooking().event;
const past = { ...event, id: 'evt_2', name: 'Circus of yesterday', startsAt: '2021-01-01T20:00:00Z' };

afterEach(async () => {
  cleanup();
  onlineManager.setOnline(true);
  await shelf('bookings').clear();
});

test('what is coming up is before what was, and what was cancelled', async () => {
  const { endsAt: _, ...was } = past;
  answer(
    aBooking({ id: 'b3', status: 'cancelled', refunded: eur(13500), event: { ...event, name: 'Lost parade' } }),
    aBooking({ id: 'b2', event: was }),
    aBooking({ id: 'b1' }),
  );
  await show();
  await screen.findByRole('heading', { name: 'Coming up' });
  expect(screen.getAllByRole('heading', { level: 2 }).map((h) => h.textContent)).toEqual([
    'Coming up',
    'Past',
    'Cancelled or not completed',
  ]);
  expect(screen.getAllByRole('heading', { level: 3 }).map((h) => h.textContent)).toEqual([
    'Night of fado',
    'Circus of yesterday',
    'Lost parade',
  ]);
  expect(screen.getByText('€135.00 refunded')).toBeTruthy();
});

test('a card says when, where, which seats and how many', async () => {
  answer(aBooking());
  await show();
  const card = within(await screen.findByRole('article'));
  expect(card.getByText(/Jun 1, 2031/)).toBeTruthy();
  expect(card.getByText('Coliseu')).toBeTruthy();
  expect(card.getByText('3 tickets')).toBeTruthy();
  expect(card.getByText(/Row A, seats 1, 2, and 3/)).toBeTruthy();
  expect(card.getByText('Confirmed')).toBeTruthy();
  expect(card.getByRole('link', { name: 'Night of fado' }).getAttribute('href')).toBe('/bookings/bkg_1');
});

test('what is still settling is looked at again until it is confirmed', async () => {
  let asked = 0;
  server.use(
    http.get(api('/v1/bookings'), () => {
      asked += 1;
      return HttpResponse.json({ items: [aBooking({ status: asked > 1 ? 'confirmed' : 'recorded' })] });
    }),
  );
  await show();
  await screen.findByText('Being confirmed…');
  expect(await screen.findByText('Confirmed', {}, { timeout: 10_000 })).toBeTruthy();
});

test('what failed says why', async () => {
  answer(aBooking({ id: 'b1', status: 'failed', failure: 'paymentDeclined' }), aBooking({ id: 'b2', status: 'failed' }));
  await show();
  expect(await screen.findByText('The payment was declined, and nothing was charged.')).toBeTruthy();
  expect(screen.getByText('It could not be completed, and nothing was charged.')).toBeTruthy();
});

test('nobody’s first visit is empty', async () => {
  answer();
  await show();
  await screen.findByRole('heading', { name: 'Your first night out starts here' });
  expect(screen.getByRole('link', { name: 'Discover events' }).getAttribute('href')).toBe('/');
});

test('further pages are read, so that what is next is found wherever it is; then only when asked', async () => {
  const cursors: (string | null)[] = [];
  server.use(
    http.get(api('/v1/bookings'), ({ request }) => {
      const cursor = new URL(request.url).searchParams.get('cursor');
      cursors.push(cursor);
      const n = Number(cursor ?? 0);
      return HttpResponse.json({
        items: [aBooking({ id: `b${n}`, event: { ...event, name: `Event ${n}` } })],
        ...(n < 6 && { nextCursor: String(n + 1) }),
      });
    }),
  );
  const { user } = await show();
  await screen.findByRole('link', { name: 'Event 4' });
  expect(screen.queryByRole('link', { name: 'Event 5' })).toBeNull();
  await user.click(await screen.findByRole('button', { name: 'Show older bookings' }));
  await screen.findByRole('link', { name: 'Event 5' });
  expect(cursors).toEqual([null, '1', '2', '3', '4', '5']);
});

test('what cannot be loaded can be tried again', async () => {
  server.use(http.get(api('/v1/bookings'), () => problem(500, 'internal'), { once: true }));
  const { user } = await show();
  await screen.findByText('Something is wrong on our side. Please try again in a moment.');
  answer(aBooking());
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByRole('link', { name: 'Night of fado' });
});

test('what was listed is kept on the device, and shown without a network', async () => {
  answer(aBooking());
  const first = await show();
  await screen.findByRole('link', { name: 'Night of fado' });
  await waitFor(async () => expect(await readKept('usr_alex/booking/bkg_1')).toBeTruthy());
  first.unmount();

  onlineManager.setOnline(false);
  await show();
  await screen.findByRole('link', { name: 'Night of fado' });
  expect(screen.getByText(/^As of /)).toBeTruthy();
});

test('another person’s are not shown', async () => {
  await keep('usr_other/booking/bkg_1', aBooking());
  onlineManager.setOnline(false);
  await show();
  await screen.findByText('There is no connection just now.');
  expect(screen.queryByRole('link', { name: 'Night of fado' })).toBeNull();
});

test('a server that does not answer leaves what is kept', async () => {
  await keep('usr_alex/booking/bkg_1', aBooking({ tickets: [aTicket()] }));
  server.use(http.get(api('/v1/bookings'), () => problem(503, 'unavailable')));
  await show();
  await screen.findByRole('link', { name: 'Night of fado' });
  await screen.findByText(/We cannot be reached just now/);
});
