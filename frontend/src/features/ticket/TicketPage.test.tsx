import { onlineManager } from '@tanstack/react-query';
import { cleanup, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keep, readKept } from '../../lib/kept';
import { shelf } from '../../lib/storage';
import { aBooking, aTicket } from '../../test/factories';
import { renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { TicketPage } from './TicketPage';

const { event } = aBooking();
const shared = (over = {}) => ({ ticket: aTicket(over), event });

const show = () => renderPage(TicketPage, { path: '/tickets/$token', at: '/tickets/tok', texts: ['ticket'] });

beforeEach(() => server.use(http.get(api('/v1/tickets/tok'), () => HttpResponse.json(shared()))));
afterEach(async () => {
  cleanup();
  onlineManager.setOnline(true);
  await shelf('bookings').clear();
});

test('the link opens one ticket and its event, for nobody in particular', async () => {
  await show();
  await screen.findByText('Night of fado');
  expect(screen.getByRole('img', { name: 'QR code: Row A, seat 1' })).toBeTruthy();
  expect(screen.getByText('Coliseu')).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Add to calendar' }).getAttribute('href')).toBe('/v1/tickets/tok/calendar.ics');
});

test('neither the title nor a search engine tells of it', async () => {
  await show();
  await screen.findByText('Night of fado');
  expect(document.title).toBe('Your ticket · MyEvents');
  expect(document.querySelector('meta[name=robots]')?.getAttribute('content')).toContain('noindex');
});

test('a peer puts their name on it, which renews the code', async () => {
  server.use(
    http.get(api('/v1/tickets/tok'), () => HttpResponse.json(shared({ attendee: {} }))),
    http.patch(api('/v1/tickets/tok'), async ({ request }) => {
      const { attendee } = (await request.json()) as { attendee: { name: string } };
      return HttpResponse.json(shared({ attendee, code: 'ME1-NEW' }));
    }),
  );
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Put your name on it' }));
  await user.type(screen.getByRole('textbox', { name: 'Name' }), 'Ada');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('ME1-NEW');
  expect(screen.getByText('Ada')).toBeTruthy();
});

test('a link that was revoked says so kindly, and forgets the ticket', async () => {
  await keep('ticket/tok', shared());
  server.use(http.get(api('/v1/tickets/tok'), () => problem(404, 'notFound')));
  await show();
  await screen.findByRole('heading', { name: 'This link no longer opens a ticket' });
  expect(screen.queryByRole('img')).toBeNull();
  await waitFor(async () => expect(await readKept('ticket/tok')).toBeUndefined());
});

test('what was opened is there without a network', async () => {
  const first = await show();
  await screen.findByText('Night of fado');
  await waitFor(async () => expect(await readKept('ticket/tok')).toBeTruthy());
  first.unmount();
  onlineManager.setOnline(false);
  await show();
  expect(await screen.findByRole('img', { name: /QR code/ })).toBeTruthy();
  expect(screen.getByText(/^As of /)).toBeTruthy();
  expect((screen.getByRole('button', { name: 'Change the name' }) as HTMLButtonElement).disabled).toBe(true);
});

test('what was never opened says what to do', async () => {
  onlineManager.setOnline(false);
  await show();
  await screen.findByRole('heading', { name: 'This ticket is not on your device yet' });
});

test('what cannot be loaded can be tried again', async () => {
  server.use(http.get(api('/v1/tickets/tok'), () => problem(500, 'internal'), { once: true }));
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  await screen.findByText('Night of fado');
});

test('a ticket that was used shows when, and no code', async () => {
  server.use(
    http.get(api('/v1/tickets/tok'), () =>
      HttpResponse.json(shared({ status: 'checkedIn', checkedInAt: '2031-06-01T19:30:00Z' })),
    ),
  );
  await show();
  await screen.findByText('Used at the door at 8:30 PM');
  expect(screen.queryByRole('img')).toBeNull();
});
