import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test } from 'vitest';
import { aBooking, anEvent, aTicket, eur } from '../../test/factories';
import { olga, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { DashboardPage } from './DashboardPage';
import { EventBookingsPage } from './EventBookingsPage';

const common = { texts: ['organise'], as: olga };
const at = '/organise/events/evt_1';
const dashboard = () => renderPage(DashboardPage, { path: '/organise/events/$eventId', at, ...common });
const bookings = () =>
  renderPage(EventBookingsPage, { path: '/organise/events/$eventId/bookings', at: `${at}/bookings`, ...common });

const booking = aBooking({
  tickets: [
    aTicket({ status: 'checkedIn', checkedInAt: '2031-06-01T19:07:00Z' }),
    aTicket({ id: 'tkt_2' }),
    aTicket({ id: 'tkt_3', attendee: {} }),
  ],
});

beforeEach(() =>
  server.use(
    http.get(api('/v1/events/evt_1'), () => HttpResponse.json(anEvent())),
    http.get(api('/v1/events/evt_1/bookings'), () => HttpResponse.json({ items: [booking] })),
  ),
);

describe('somebody’s booking', () => {
  const quoted = (allowed: boolean) =>
    http.get(api('/v1/bookings/bkg_1/cancel-quote'), ({ request }) =>
      HttpResponse.json({
        allowed,
        refund: eur(9000),
        ticketIds: new URL(request.url).searchParams.getAll('ticketIds').flatMap((ids) => ids.split(',')),
      }),
    );
  const opened = async () => {
    const { user } = await bookings();
    await user.click(await screen.findByRole('button', { name: /Alex Attendee/ }));
    await user.click(screen.getByRole('button', { name: 'Cancel booking' }));
    return { user, dialog: within(screen.getByRole('dialog', { name: 'Cancel booking' })) };
  };

  test('is cancelled but for tickets that were used, the refund said first', async () => {
    let sent: unknown;
    server.use(
      quoted(true),
      http.post(api('/v1/bookings/bkg_1/cancel'), async ({ request }) => {
        sent = await request.json();
        return HttpResponse.json(booking);
      }),
    );
    const { user, dialog } = await opened();
    expect(await dialog.findByText('2 tickets will be cancelled and €90.00 refunded.')).toBeTruthy();
    expect(dialog.getByText('Tickets that were used at the door stay.')).toBeTruthy();
    expect(sent).toBeUndefined();
    await user.click(dialog.getByRole('button', { name: 'Cancel and refund' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    expect(sent).toEqual({ ticketIds: ['tkt_2', 'tkt_3'] });
  });

  test('of which nothing can be cancelled offers nothing', async () => {
    server.use(quoted(false));
    const { dialog } = await opened();
    expect(await dialog.findByText('There is nothing left to cancel.')).toBeTruthy();
    expect(dialog.getByRole('button', { name: 'Cancel and refund' })).toHaveProperty('disabled', true);
  });

  test('that was used meanwhile is not cancelled, and says so', async () => {
    server.use(
      quoted(true),
      http.post(api('/v1/bookings/bkg_1/cancel'), () => problem(409, 'checkedIn')),
    );
    const { user, dialog } = await opened();
    await dialog.findByText(/€90.00 refunded/);
    await user.click(dialog.getByRole('button', { name: 'Cancel and refund' }));
    expect((await dialog.findByRole('alert')).textContent).toContain('was used at the door');
  });
});

describe('an event', () => {
  test('that is a draft is discarded without its name', async () => {
    server.use(
      http.get(api('/v1/events/evt_1'), () => HttpResponse.json(anEvent({ status: 'draft' }))),
      http.get(api('/v1/events/evt_1/bookings'), () => problem(404, 'notFound')),
      http.get(api('/v1/events/evt_1/sales'), () => problem(404, 'notFound')),
      http.post(api('/v1/events/evt_1/cancel'), () => HttpResponse.json(anEvent({ status: 'cancelled' }))),
    );
    const { user } = await dashboard();
    await user.click(await screen.findByRole('button', { name: 'Discard the draft' }));
    const dialog = within(screen.getByRole('dialog', { name: 'Discard the draft' }));
    expect(dialog.getByText(/Nobody has tickets/)).toBeTruthy();
    await user.click(dialog.getByRole('button', { name: 'Discard the draft' }));
    expect(await screen.findByText('This event is cancelled')).toBeTruthy();
  });

  test('of which it is not known what it sold says that all tickets would go', async () => {
    server.use(http.get(api('/v1/events/evt_1/sales'), () => problem(503, 'unavailable')));
    const { user } = await dashboard();
    await user.click(await screen.findByRole('button', { name: 'Cancel event…' }));
    expect(screen.getByText(/How many tickets are sold is not known just now/)).toBeTruthy();
  });
});
