import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, test } from 'vitest';
import { aBooking, aLocation, anEvent, aSeat, aTicket, eur } from '../../test/factories';
import { olga, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { DashboardPage } from './DashboardPage';
import { EditEventPage } from './EditEventPage';
import { EventBookingsPage } from './EventBookingsPage';
import { NewEventPage } from './NewEventPage';
import type { Point } from './series';
import { thinned } from './series';

const texts = ['organise'];
const at = '/organise/events/evt_1';
const dashboard = () => renderPage(DashboardPage, { path: '/organise/events/$eventId', at, texts, as: olga });
const editor = () => renderPage(EditEventPage, { path: '/organise/events/$eventId/edit', at: `${at}/edit`, texts, as: olga });
const bookings = () =>
  renderPage(EventBookingsPage, { path: '/organise/events/$eventId/bookings', at: `${at}/bookings`, texts, as: olga });

const figures = {
  eventId: 'evt_1',
  asOf: '2031-05-01T12:00:00Z',
  sold: 3,
  held: 0,
  left: 323,
  checkedIn: 0,
  revenue: eur(13500),
  byTicketType: [{ ticketTypeId: 'tt_seat', name: 'Seat', sold: 3, revenue: eur(13500), checkedIn: 0 }],
};

const anEventIsThere = (event = anEvent()) =>
  server.use(
    http.get(api('/v1/events/evt_1'), () => HttpResponse.json(event)),
    http.get(api('/v1/events/evt_1/sales'), () => HttpResponse.json(figures)),
    http.get(api('/v1/events/evt_1/bookings'), () => HttpResponse.json({ items: [aBooking()] })),
    http.get(api('/v1/categories'), () => HttpResponse.json({ items: [{ id: 'concert', name: 'Concerts', count: 1 }] })),
    http.get(api('/v1/locations/loc_1'), () => HttpResponse.json(aLocation())),
    http.get(api('/v1/locations'), () => HttpResponse.json({ items: [aLocation()] })),
  );

describe('a new event', () => {
  test('that says nothing is not sent; what is needed is said, and the first of it gets the focus', async () => {
    anEventIsThere();
    const { user } = await renderPage(NewEventPage, { path: '/organise/events/new', texts, as: olga });
    const name = screen.getByRole('textbox', { name: 'Name' });
    expect(name.getAttribute('aria-invalid')).not.toBe('true'); // not before it is time
    await user.click(screen.getByRole('button', { name: 'Create draft' }));
    await waitFor(() => expect(document.activeElement).toBe(name));
    expect(screen.getByText('4 fields need another look.')).toBeTruthy();
    await user.type(name, 'Fado');
    expect(await screen.findByText('3 fields need another look.')).toBeTruthy();
  });

  test('a field that was left says what is wrong with it; the preview shows what is typed', async () => {
    anEventIsThere();
    const { user } = await renderPage(NewEventPage, { path: '/organise/events/new', texts, as: olga });
    const preview = within(screen.getByRole('complementary', { name: 'As attendees will see it' }));
    expect(preview.getByText('Name of the event')).toBeTruthy();
    const name = screen.getByRole('textbox', { name: 'Name' });
    await user.click(name);
    await user.tab();
    await waitFor(() => expect(name.getAttribute('aria-invalid')).toBe('true'));
    await user.type(name, 'Jazz');
    expect(name.getAttribute('aria-invalid')).not.toBe('true');
    expect(preview.getByText('Jazz')).toBeTruthy();
    await user.click(await screen.findByRole('button', { name: /Coliseu/ }));
    expect(await preview.findByText('Coliseu · Main hall · Lisboa')).toBeTruthy();
  });
});

describe('the editor', () => {
  test('of an event that is not there keeps its heading and the way back', async () => {
    server.use(http.get(api('/v1/events/evt_1'), () => problem(404, 'notFound')));
    await editor();
    expect(await screen.findByText('This does not exist, or no longer.')).toBeTruthy();
    expect(screen.getByRole('heading', { level: 1, name: 'Edit' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Your events' })).toBeTruthy();
  });

  test('says that a hall is taken at the time, until another time is chosen', async () => {
    anEventIsThere(anEvent({ status: 'draft' }));
    server.use(http.patch(api('/v1/events/evt_1'), () => problem(409, 'hallTaken')));
    const { user } = await editor();
    const starts = await screen.findByLabelText(/^Starts/);
    await user.type(screen.getByRole('textbox', { name: 'Name' }), '!');
    await user.click(screen.getByRole('button', { name: 'Save changes' }));
    expect(await screen.findByText(/^Another event has this hall at that time/)).toBeTruthy();
    await user.clear(starts);
    await user.type(starts, '2031-06-01T20:00');
    expect(screen.queryByText(/^Another event has this hall at that time/)).toBeNull();
  });
});

describe('the dashboard', () => {
  test('says that figures cannot be had, and asks again', async () => {
    anEventIsThere();
    server.use(http.get(api('/v1/events/evt_1/sales'), () => problem(503, 'unavailable')));
    const { user } = await dashboard();
    const again = await screen.findByRole('button', { name: 'Try again' });
    expect(screen.getByRole('heading', { level: 1, name: 'Night of fado' })).toBeTruthy();
    anEventIsThere();
    await user.click(again);
    expect(await screen.findByRole('region', { name: 'Sales' })).toBeTruthy();
  });

  test('without a network says so', async () => {
    server.use(http.get(api('/v1/events/evt_1'), () => HttpResponse.error()));
    await dashboard();
    expect(await screen.findByRole('button', { name: 'Try again' })).toBeTruthy();
  });

  test('a refusal to reschedule that is about no field here is said too', async () => {
    anEventIsThere();
    server.use(
      http.post(api('/v1/events/evt_1/reschedule'), () =>
        problem(422, 'invalid', [{ location: 'body.onSaleFrom', message: 'must be before the end' }]),
      ),
    );
    const { user } = await dashboard();
    await user.click(await screen.findByRole('button', { name: 'Reschedule' }));
    const dialog = within(screen.getByRole('dialog', { name: 'Reschedule' }));
    const start = dialog.getByLabelText(/New start/);
    await user.clear(start);
    await user.type(start, '2031-06-02T21:00');
    const alerts = dialog.queryAllByRole('alert').length;
    await user.click(dialog.getByRole('button', { name: 'Reschedule now' }));
    await waitFor(() => expect(dialog.queryAllByRole('alert').length).toBe(alerts + 1));
  });

  test('a refusal to cancel is said: at the reason, or below', async () => {
    anEventIsThere();
    const refuse = (location: string) =>
      server.use(http.post(api('/v1/events/evt_1/cancel'), () => problem(422, 'invalid', [{ location, message: 'is refused' }])));
    refuse('body.reason');
    const { user } = await dashboard();
    await user.click(await screen.findByRole('button', { name: 'Cancel event…' }));
    const dialog = within(screen.getByRole('dialog', { name: 'Cancel the event' }));
    await user.type(dialog.getByRole('textbox', { name: /Type the name/ }), 'Night of fado');
    await user.click(dialog.getByRole('button', { name: 'Cancel for good' }));
    expect(await dialog.findByText('Is refused')).toBeTruthy();
    const alerts = dialog.queryAllByRole('alert').length;
    refuse('body');
    await user.click(dialog.getByRole('button', { name: 'Cancel for good' }));
    await waitFor(() => expect(dialog.queryByText('Is refused')).toBeNull());
    await waitFor(() => expect(dialog.queryAllByRole('alert').length).toBe(alerts + 1));
  });
});

test('a booking opens to its tickets: who, where, for how much, and whether they are in', async () => {
  anEventIsThere();
  server.use(
    http.get(api('/v1/events/evt_1/bookings'), () =>
      HttpResponse.json({
        items: [
          aBooking({
            tickets: [
              aTicket({ status: 'checkedIn', checkedInAt: '2031-06-01T19:30:00Z' }),
              aTicket({ id: 'tkt_2', seat: aSeat({ number: 2 }), attendee: {} }),
            ],
          }),
        ],
      }),
    ),
  );
  const { user } = await bookings();
  const row = await screen.findByRole('button', { name: /Alex Attendee/ });
  expect(row.getAttribute('aria-expanded')).toBe('false');
  await user.click(row);
  expect(row.getAttribute('aria-expanded')).toBe('true');
  const tickets = screen.getAllByRole('listitem').map((li) => li.textContent);
  expect(tickets).toEqual([
    expect.stringMatching(/^Alex AttendeeStalls A 1Seat€45\.00Inside/),
    expect.stringMatching(/^No name yetStalls A 2Seat€45\.00Valid$/),
  ]);
});

test('a line is never drawn with more points than it may have', () => {
  const many: Point[] = Array.from({ length: 1_000 }, (_, i) => ({ at: i * 7, value: i }));
  for (const most of [3, 10, 240]) {
    expect(thinned(many, most)).toHaveLength(most);
    expect(thinned(many, most).at(-1)).toEqual(many.at(-1));
  }
});
