import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Booking, Event, SalesFigures } from '../../api/gen/types.gen';
import { aBooking, aLocation, anEvent, aTicket, eur } from '../../test/factories';
import { olga, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { DashboardPage } from './DashboardPage';
import { EditEventPage } from './EditEventPage';
import { EventBookingsPage } from './EventBookingsPage';
import { OrganisePage } from './OrganisePage';

const texts = ['organise'];
const dashboard = () =>
  renderPage(DashboardPage, { path: '/organise/events/$eventId', at: '/organise/events/evt_1', texts, as: olga });
const bookings = () =>
  renderPage(EventBookingsPage, {
    path: '/organise/events/$eventId/bookings',
    at: '/organise/events/evt_1/bookings',
    texts,
    as: olga,
  });
const editor = () =>
  renderPage(EditEventPage, { path: '/organise/events/$eventId/edit', at: '/organise/events/evt_1/edit', texts, as: olga });
const list = () => renderPage(OrganisePage, { path: '/organise', texts, as: olga });

const figures = (over: Partial<SalesFigures> = {}): SalesFigures => ({
  sold: 3,
  held: 2,
  left: 321,
  checkedIn: 0,
  revenue: eur(13500),
  byTicketType: [
    { ticketTypeId: 'tt_floor', name: 'Floor', sold: 0, revenue: eur(0), checkedIn: 0 },
    { ticketTypeId: 'tt_seat', name: 'Seat', sold: 3, revenue: eur(13500), checkedIn: 0 },
  ],
  ...over,
});

const answer = (event: Event, sales: SalesFigures[] = [figures()], booked: Booking[] = [aBooking()]) => {
  let asked = 0;
  server.use(
    http.get(api('/v1/events/evt_1'), () => HttpResponse.json(event)),
    http.get(api('/v1/events/evt_1/sales'), () => {
      const known = sales[Math.min(asked, sales.length - 1)];
      asked += 1;
      return known ? HttpResponse.json(known) : problem(404, 'notFound');
    }),
    http.get(api('/v1/events/evt_1/bookings'), () => HttpResponse.json({ items: booked })),
    http.get(api('/v1/categories'), () => HttpResponse.json({ items: [{ id: 'concert', name: 'Concerts', count: 1 }] })),
    http.get(api('/v1/locations/loc_1'), () => HttpResponse.json(aLocation())),
    http.get(api('/v1/locations'), () => HttpResponse.json({ items: [aLocation()] })),
  );
};

beforeEach(() => answer(anEvent()));

const figure = (name: string) => {
  const tile = within(screen.getByRole('region', { name: 'Sales' }))
    .getByText(name)
    .closest('div');
  return tile?.querySelector('dd')?.textContent;
};

describe('the dashboard', () => {
  test('says what is sold, in baskets, left, earned and inside, and goes on saying it', async () => {
    answer(anEvent(), [figures(), figures({ sold: 4, left: 320, revenue: eur(18000), checkedIn: 1 })]);
    await dashboard();
    await waitFor(() => expect(figure('Sold')).toBe('3'));
    expect(['In baskets', 'Left', 'Revenue', 'Inside'].map(figure)).toEqual(['2', '321', '€135.00', '0']);
    await waitFor(() => expect(figure('Sold')).toBe('4'), { timeout: 10_000 });
    expect(figure('Revenue')).toBe('€180.00');
  });

  test('draws sales with words and a table for who does not see them, the best sold type first', async () => {
    await dashboard();
    const drawing = await screen.findByRole('img', { name: /A line that rises to 3 tickets sold/ });
    expect(drawing).toBeTruthy();
    const table = screen.getAllByRole('table')[0] as HTMLElement;
    expect(within(table).getAllByRole('row').length).toBeGreaterThan(1);
    const types = within(screen.getByRole('region', { name: 'By ticket type' })).getAllByRole('listitem');
    expect(types.map((li) => li.textContent)).toEqual([
      expect.stringMatching(/^Seat3 sold · €135\.00/),
      expect.stringMatching(/^Floor0 sold/),
    ]);
  });

  test('of an event that is not there, or not one’s own', async () => {
    server.use(http.get(api('/v1/events/evt_1'), () => problem(404, 'notFound')));
    await dashboard();
    expect(await screen.findByText('This does not exist, or no longer.')).toBeTruthy();
  });

  test('a draft sells nothing, and says before publishing what that does', async () => {
    answer(anEvent({ status: 'draft' }), []);
    server.use(http.post(api('/v1/events/evt_1/publish'), () => HttpResponse.json(anEvent({ version: 4 }))));
    const { user } = await dashboard();
    expect(await screen.findByText('This is a draft')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Publish…' }));
    const dialog = within(screen.getByRole('dialog', { name: 'Publish the event' }));
    expect(dialog.getAllByRole('listitem').map((li) => li.textContent)).toEqual([
      'Everybody can find and see it at once.',
      'Tickets are on sale at once.',
      'Sold are: Seat (€45.00) and Floor (€25.00).',
      expect.stringMatching(/^The hall is taken as it is now/),
    ]);
    await user.click(dialog.getByRole('button', { name: 'Publish now' }));
    expect(await screen.findByRole('link', { name: 'Bookings' })).toBeTruthy();
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  test('a draft without tickets cannot be published, and says what is missing', async () => {
    answer(anEvent({ status: 'draft', ticketTypes: [] }), []);
    const { user } = await dashboard();
    await user.click(await screen.findByRole('button', { name: 'Publish…' }));
    expect(screen.getByText(/Add at least one ticket type first/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Publish now' })).toBeNull();
  });

  test('publishing that is refused says why', async () => {
    answer(anEvent({ status: 'draft' }), []);
    server.use(http.post(api('/v1/events/evt_1/publish'), () => problem(409, 'sectionGone')));
    const { user } = await dashboard();
    await user.click(await screen.findByRole('button', { name: 'Publish…' }));
    await user.click(screen.getByRole('button', { name: 'Publish now' }));
    expect(await screen.findByText(/a section that the hall no longer has/)).toBeTruthy();
  });

  test('cancelling says first whose tickets and how much money, and wants the name', async () => {
    let sent: unknown;
    server.use(
      http.post(api('/v1/events/evt_1/cancel'), async ({ request }) => {
        sent = await request.json();
        return HttpResponse.json(anEvent({ status: 'cancelled', availability: 'cancelled', cancelReason: 'Rain', version: 4 }));
      }),
    );
    const { user } = await dashboard();
    await waitFor(() => expect(figure('Sold')).toBe('3'));
    await user.click(screen.getByRole('button', { name: 'Cancel event…' }));
    const dialog = within(screen.getByRole('dialog', { name: 'Cancel the event' }));
    expect(await dialog.findByText('3 tickets of 1 booking will be cancelled and €135.00 refunded.')).toBeTruthy();
    const now = dialog.getByRole('button', { name: 'Cancel for good' });
    expect(now).toHaveProperty('disabled', true);
    await user.type(dialog.getByRole('textbox', { name: 'Reason' }), 'Rain');
    await user.type(dialog.getByRole('textbox', { name: /Type the name/ }), 'night of fado');
    await user.click(now);
    expect(await screen.findByText('This event is cancelled')).toBeTruthy();
    expect(sent).toEqual({ reason: 'Rain' });
    expect(screen.queryByRole('button', { name: 'Reschedule' })).toBeNull();
  });

  test('rescheduling says first whose tickets stay good; a taken hall is told at the time', async () => {
    server.use(http.post(api('/v1/events/evt_1/reschedule'), () => problem(409, 'hallTaken')));
    const { user } = await dashboard();
    await waitFor(() => expect(figure('Sold')).toBe('3'));
    await user.click(screen.getByRole('button', { name: 'Reschedule' }));
    const dialog = within(screen.getByRole('dialog', { name: 'Reschedule' }));
    expect(dialog.getByText('3 tickets stay good for the new time.')).toBeTruthy();
    const start = dialog.getByLabelText(/New start/);
    expect(start).toHaveProperty('value', '2031-06-01T21:00'); // the venue's clock
    await user.clear(start);
    await user.type(start, '2031-06-02T21:00');
    expect(dialog.getByLabelText('Ends')).toHaveProperty('value', '2031-06-02T23:30'); // moves along
    await user.click(dialog.getByRole('button', { name: 'Reschedule now' }));
    await waitFor(() => expect(start.getAttribute('aria-invalid')).toBe('true'));
  });
});

describe('the bookings', () => {
  test('are counted, sought and shown in full', async () => {
    answer(
      anEvent(),
      [figures()],
      [
        aBooking(),
        aBooking({
          id: 'bkg_2',
          status: 'cancelled',
          tickets: [aTicket({ id: 'tkt_9', attendee: { name: 'Ána' }, status: 'cancelled' })],
        }),
      ],
    );
    const { user } = await bookings();
    expect(await screen.findByText('2 bookings')).toBeTruthy();
    await user.type(screen.getByRole('searchbox'), 'ana');
    expect(await screen.findByText('1 booking')).toBeTruthy();
    expect(screen.getByText('Ána')).toBeTruthy();
    await user.clear(screen.getByRole('searchbox'));
    await user.selectOptions(screen.getByRole('combobox', { name: 'State' }), 'Cancelled');
    expect(await screen.findByText('1 booking')).toBeTruthy();
  });

  test('none yet', async () => {
    answer(anEvent(), [figures()], []);
    await bookings();
    expect(await screen.findByRole('heading', { name: 'No bookings yet' })).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Export as CSV' })).toHaveProperty('disabled', true);
  });

  test('that cannot be read are asked for again', async () => {
    let failed = false;
    server.use(
      http.get(api('/v1/events/evt_1/bookings'), () => {
        if (failed) return HttpResponse.json({ items: [aBooking()] });
        failed = true;
        return problem(503, 'unavailable');
      }),
    );
    const { user } = await bookings();
    await user.click(await screen.findByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('1 booking')).toBeTruthy();
  });

  test('are exported as a file, every ticket a line', async () => {
    const blobs: Blob[] = [];
    URL.createObjectURL = vi.fn((blob: Blob) => {
      blobs.push(blob);
      return 'blob:1';
    }) as never;
    URL.revokeObjectURL = vi.fn();
    const { user } = await bookings();
    await screen.findByText('1 booking');
    await user.click(screen.getByRole('button', { name: 'Export as CSV' }));
    await waitFor(() => expect(blobs).toHaveLength(1));
    const lines = (await blobs[0]?.text())?.trim().split('\r\n') ?? [];
    expect(lines).toHaveLength(4);
    expect(lines[1]).toMatch(/^bkg_1,.*,Seat,Stalls,A,1,Alex Attendee,,45\.00,EUR,$/);
  });
});

describe('the editor', () => {
  const name = () => screen.findByRole('textbox', { name: 'Name' });

  test('sends what was changed and nothing else, based on the version that was opened', async () => {
    let sent: { body: unknown; version: string | null } | undefined;
    server.use(
      http.patch(api('/v1/events/evt_1'), async ({ request }) => {
        sent = { body: await request.json(), version: request.headers.get('If-Match') };
        return HttpResponse.json(anEvent({ name: 'Fado II', version: 4 }));
      }),
    );
    const { user, router } = await editor();
    await user.clear(await name());
    await user.type(await name(), 'Fado II');
    await user.click(screen.getByRole('button', { name: /^Save/ }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/organise/events/evt_1'));
    expect(sent).toEqual({ body: { name: 'Fado II' }, version: '"3"' });
  });

  test('says at the field what is wrong, and sends nothing', async () => {
    const { user } = await editor();
    await user.clear(await name());
    await user.click(screen.getByRole('button', { name: /^Save/ }));
    await waitFor(async () => expect((await name()).getAttribute('aria-invalid')).toBe('true'));
    expect(screen.getAllByText('This must not be empty.').length).toBeGreaterThan(0);
  });

  test('shows at its field what the API refuses, and keeps what was typed', async () => {
    server.use(
      http.patch(api('/v1/events/evt_1'), () =>
        problem(422, 'validation', [{ location: 'body.name', message: 'no such words' }]),
      ),
    );
    const { user } = await editor();
    await user.type(await name(), '!');
    await user.click(screen.getByRole('button', { name: /^Save/ }));
    await waitFor(async () => expect((await name()).getAttribute('aria-invalid')).toBe('true'));
    expect(await name()).toHaveProperty('value', 'Night of fado!');
  });

  test('what somebody else changed meanwhile is shown, and one’s own is saved on top', async () => {
    let version: string | null = null;
    server.use(
      http.patch(api('/v1/events/evt_1'), ({ request }) => {
        version = request.headers.get('If-Match');
        return version === '"3"' ? problem(412, 'versionMismatch') : HttpResponse.json(anEvent({ version: 10 }));
      }),
    );
    const { user, router } = await editor();
    await user.type(await name(), '!');
    answer(anEvent({ description: 'Other words.', version: 9 }));
    await user.click(screen.getByRole('button', { name: /^Save/ }));
    const dialog = within(await screen.findByRole('dialog', { name: 'Somebody else changed this event meanwhile' }));
    expect(dialog.getByText('Other words.')).toBeTruthy();
    await user.click(dialog.getByRole('button', { name: 'Save mine' }));
    await waitFor(() => expect(router.state.location.pathname).toBe('/organise/events/evt_1'));
    expect(version).toBe('"9"');
  });

  test('an event that is over is not edited', async () => {
    answer(anEvent({ status: 'ended' }));
    await editor();
    expect(await screen.findByRole('heading', { level: 1, name: 'Edit' })).toBeTruthy();
    expect(screen.queryByRole('textbox', { name: 'Name' })).toBeNull();
  });
});

describe('the list of events', () => {
  const found = (items: Event[]) => server.use(http.get(api('/v1/events'), () => HttpResponse.json({ items })));

  test('shows one’s own with what they sold, and sums up the next weeks', async () => {
    const soon = new Date(Date.now() + 86_400_000).toISOString();
    found([
      anEvent({ startsAt: soon, endsAt: undefined, doorsAt: undefined }),
      anEvent({ id: 'evt_2', name: 'Draft', status: 'draft' }),
    ]);
    await list();
    const rows = await screen.findAllByRole('article');
    expect(within(rows[0] as HTMLElement).getByRole('link', { name: 'Bookings: Night of fado' })).toBeTruthy();
    expect(await within(rows[0] as HTMLElement).findByText('3 of 326 places sold · €135.00')).toBeTruthy();
    expect(within(rows[1] as HTMLElement).getByText('Only your organisation sees it.')).toBeTruthy();
    const weeks = within(screen.getByRole('region', { name: 'In the next 4 weeks' }));
    await waitFor(() => expect(weeks.getByText('€135.00')).toBeTruthy());
  });

  test('by state', async () => {
    found([anEvent(), anEvent({ id: 'evt_2', name: 'Draft', status: 'draft' })]);
    const { user } = await list();
    await screen.findAllByRole('article');
    await user.selectOptions(screen.getByRole('combobox', { name: 'State' }), 'Draft');
    expect(screen.getAllByRole('article')).toHaveLength(1);
  });

  test('who has none yet is shown where to begin', async () => {
    found([]);
    server.use(http.get(api('/v1/locations'), () => HttpResponse.json({ items: [] })));
    await list();
    expect(await screen.findByRole('heading', { name: 'Your first event begins here' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Make a location' }).getAttribute('href')).toBe('/organise/locations/new');
  });

  test('a failure is tried again', async () => {
    let failed = false;
    server.use(
      http.get(api('/v1/events'), () => {
        if (failed) return HttpResponse.json({ items: [anEvent()] });
        failed = true;
        return problem(503, 'unavailable');
      }),
    );
    const { user } = await list();
    await user.click(await screen.findByRole('button', { name: 'Try again' }));
    expect(await screen.findAllByRole('article')).toHaveLength(1);
  });
});
