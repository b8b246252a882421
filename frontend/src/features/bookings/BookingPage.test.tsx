import { onlineManager } from '@tanstack/react-query';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Booking } from '../../api/gen/types.gen';
import { keep, readKept } from '../../lib/kept';
import { shelf } from '../../lib/storage';
import { aBooking, aTicket, eur } from '../../test/factories';
import { alex, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { BookingPage } from './BookingPage';

const address = '/v1/bookings/bkg_1';

const show = (search = '') =>
  renderPage(BookingPage, {
    path: '/bookings/$bookingId',
    at: `/bookings/bkg_1${search}`,
    texts: ['bookings', 'ticket'],
    as: alex,
    validateSearch: (s) => (s.justBooked ? { justBooked: true } : {}),
  });

const answer = (booking: Booking) => server.use(http.get(api(address), () => HttpResponse.json(booking)));
const ticket = async (n: number) => within((await screen.findAllByRole('article'))[n - 1] as HTMLElement);
const quote = (refund: number, more = {}) =>
  server.use(
    http.get(api(`${address}/cancel-quote`), ({ request }) => {
      const ticketIds = new URL(request.url).searchParams.get('ticketIds')?.split(',') ?? [];
      return HttpResponse.json({
        allowed: true,
        refund: eur(refund * ticketIds.length),
        ticketIds,
        until: '2031-06-01T20:00:00Z',
        ...more,
      });
    }),
  );

beforeEach(() => answer(aBooking()));
afterEach(async () => {
  cleanup();
  onlineManager.setOnline(true);
  await shelf('bookings').clear();
});

test('the event is told in the venue’s time, and each ticket with its seat, person and code', async () => {
  await show();
  await screen.findByRole('heading', { level: 1, name: 'Night of fado' });
  expect(screen.getAllByText(/Jun 1, 2031, 9:00 PM/).length).toBeGreaterThan(0);
  const first = await ticket(1);
  expect(first.getByRole('heading', { name: 'Stalls Row A, seat 1' })).toBeTruthy();
  expect(first.getByText('Alex Attendee')).toBeTruthy();
  expect(first.getByRole('img', { name: 'QR code: Row A, seat 1' })).toBeTruthy();
  expect(first.getByText('ME1-ABCDEFGHJKLMNPQRSTVWXYZ')).toBeTruthy();
  expect((await ticket(3)).getByText('No name yet')).toBeTruthy();
});

test('who has just booked is told so, and what to do next', async () => {
  await show('?justBooked=true');
  const joy = await screen.findByRole('region', { name: 'You’re going!' });
  expect(document.activeElement).toBe(joy);
  expect(within(joy).getByText('Your 3 tickets for Night of fado are below.')).toBeTruthy();
  expect(within(joy).getByText('Put a name on the ticket that has none yet.')).toBeTruthy();
});

test('what is still settling says so until it is confirmed', async () => {
  let asked = 0;
  server.use(
    http.get(api(address), () => {
      asked += 1;
      return HttpResponse.json(aBooking({ status: asked > 1 ? 'confirmed' : 'recorded' }));
    }),
  );
  await show('?justBooked=true');
  await screen.findByRole('heading', { name: 'Almost there' });
  await screen.findByRole('heading', { name: 'You’re going!' }, { timeout: 10_000 });
});

test('the code fills the screen, and arrows lead to the next ticket', async () => {
  const { user } = await show();
  await user.click((await ticket(1)).getByRole('button', { name: /full screen/ }));
  const viewer = within(screen.getByRole('dialog', { name: 'Show this at the door' }));
  expect(viewer.getByText('Ticket 1 of 3')).toBeTruthy();
  await user.click(viewer.getByRole('button', { name: 'Next ticket' }));
  expect(viewer.getByText('Rui')).toBeTruthy();
  await user.keyboard('{ArrowLeft}');
  expect(viewer.getByText('Alex Attendee')).toBeTruthy();
  await user.keyboard('{ArrowRight}{ArrowRight}');
  expect(viewer.getByText('Ticket 3 of 3')).toBeTruthy();
  expect((viewer.getByRole('button', { name: 'Next ticket' }) as HTMLButtonElement).disabled).toBe(true);
  await user.click(viewer.getByRole('button', { name: 'Close' }));
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('a ticket is renamed, which renews its code', async () => {
  const sent = vi.fn();
  server.use(
    http.patch(api(`${address}/tickets/tkt_3`), async ({ request }) => {
      sent(await request.json());
      return HttpResponse.json(aTicket({ id: 'tkt_3', attendee: { name: 'Ada' }, code: 'ME1-NEW' }));
    }),
  );
  const { user } = await show();
  await user.click((await ticket(3)).getByRole('button', { name: 'Add a name' }));
  expect(screen.getByText('A new name makes a new code. The old one stops working at the door.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(screen.getByText('Please write a name.')).toBeTruthy();
  await user.type(screen.getByRole('textbox', { name: 'Name' }), ' Ada ');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const renamed = await ticket(3);
  await renamed.findByText('Ada');
  expect(renamed.getByText('ME1-NEW')).toBeTruthy();
  expect(sent).toHaveBeenCalledExactlyOnceWith({ attendee: { name: 'Ada' } });
});

test('a name that is too long is refused at the field', async () => {
  answer(aBooking({ tickets: [aTicket({ attendee: { name: 'x'.repeat(201) } })] }));
  const { user } = await show();
  await user.click((await ticket(1)).getByRole('button', { name: 'Change the name' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(screen.getByText('Please use no more than 200 characters.')).toBeTruthy();
});

test('what the API refuses of a name is said at the field, anything else below', async () => {
  server.use(
    http.patch(
      api(`${address}/tickets/tkt_1`),
      () => problem(422, 'invalid', [{ location: 'body.attendee.email', message: 'is no address' }]),
      { once: true },
    ),
  );
  const { user } = await show();
  await user.click((await ticket(1)).getByRole('button', { name: 'Change the name' }));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('Is no address');
  expect(document.activeElement).toBe(screen.getByRole('textbox', { name: /E-mail address/ }));
  server.use(http.patch(api(`${address}/tickets/tkt_1`), () => problem(409, 'checkedIn')));
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await screen.findByText('A ticket that was used at the door cannot be changed.');
});

test('a link for one peer is made, copied, and said to replace the earlier one', async () => {
  answer(aBooking({ tickets: [aTicket({ shared: true })] }));
  server.use(
    http.post(api(`${address}/tickets/tkt_1/share`), () =>
      HttpResponse.json({ token: 'tok', url: 'https://example.org/tickets/tok' }),
    ),
  );
  const { user } = await show();
  await user.click((await ticket(1)).getByRole('button', { name: 'Share' }));
  expect(screen.getByText('There is a link already. A new one stops it working.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Make a new link' }));
  const link = (await screen.findByRole('textbox', { name: 'Link to the ticket' })) as HTMLInputElement;
  expect(link.value).toBe('https://example.org/tickets/tok');
  await user.click(screen.getByRole('button', { name: 'Copy' }));
  expect(await navigator.clipboard.readText()).toBe(link.value);
});

test('the refund is said before anything is cancelled', async () => {
  quote(4500);
  const sent = vi.fn();
  server.use(
    http.post(api(`${address}/cancel`), async ({ request }) => {
      sent(await request.json());
      const booking = aBooking({ refunded: eur(4500) });
      return HttpResponse.json({
        ...booking,
        tickets: booking.tickets.map((t) => (t.id === 'tkt_2' ? { ...t, status: 'cancelled' } : t)),
      });
    }),
  );
  const { user } = await show();
  await user.click((await ticket(2)).getByRole('button', { name: 'Cancel' }));
  await screen.findByText('You get back €45.00.');
  await user.click(screen.getByRole('button', { name: 'Cancel one ticket' }));
  await screen.findByText('One ticket is cancelled. €45.00 is on its way back to you.');
  expect(sent).toHaveBeenCalledExactlyOnceWith({ ticketIds: ['tkt_2'] });
  expect((await ticket(2)).getByText('Cancelled')).toBeTruthy();
  expect(screen.getByText('€45.00 refunded')).toBeTruthy();
});

test('all are cancelled, or fewer, by choice', async () => {
  quote(4500);
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Cancel tickets…' }));
  await screen.findByText('You get back €135.00.');
  await user.click(screen.getByRole('checkbox', { name: /seat 1/ }));
  await screen.findByText('You get back €90.00.');
  expect(screen.getByRole('button', { name: 'Cancel 2 tickets' })).toBeTruthy();
  await user.click(screen.getByRole('checkbox', { name: /seat 2/ }));
  await user.click(screen.getByRole('checkbox', { name: /seat 3/ }));
  expect(screen.getByText('Choose at least one ticket.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Keep them' }));
  expect(screen.queryByRole('dialog')).toBeNull();
});

test.each([
  ['tooLate', /It is too late: cancelling was possible until/],
  ['checkedIn', /One of these tickets was used at the door already/],
  ['unsettled', /The booking is still being confirmed/],
])('what cannot be cancelled says why: %s', async (reason, words) => {
  quote(0, { allowed: false, reason });
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Cancel tickets…' }));
  await screen.findByText(words);
  expect((screen.getByRole('button', { name: 'Cancel 3 tickets' }) as HTMLButtonElement).disabled).toBe(true);
});

test('what was used at the door meanwhile is not cancelled', async () => {
  quote(4500);
  server.use(http.post(api(`${address}/cancel`), () => problem(409, 'checkedIn')));
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Cancel tickets…' }));
  await screen.findByText('You get back €135.00.');
  await user.click(screen.getByRole('button', { name: 'Cancel 3 tickets' }));
  await screen.findByText(/One of these tickets was used at the door already/);
});

test('a ticket that was used, or cancelled, shows no code and nothing to do', async () => {
  answer(
    aBooking({
      tickets: [
        aTicket({ status: 'checkedIn', checkedInAt: '2031-06-01T19:30:00Z' }),
        aTicket({ id: 'tkt_2', status: 'cancelled' }),
      ],
    }),
  );
  await show();
  expect((await ticket(1)).getByText('Used at the door at 8:30 PM')).toBeTruthy();
  expect((await ticket(2)).getByText('Cancelled')).toBeTruthy();
  expect(screen.queryByRole('img')).toBeNull();
  expect(screen.queryByRole('button', { name: /Cancel/ })).toBeNull();
});

test('a cancelled event says so, and its tickets offer nothing', async () => {
  answer(aBooking({ event: { ...aBooking().event, status: 'cancelled' } }));
  await show();
  await screen.findByText('This event was cancelled');
  expect(screen.queryByRole('button', { name: 'Share' })).toBeNull();
});

test('an organiser who sees it without codes may not name or share', async () => {
  const { code: _, ...without } = aTicket();
  answer(aBooking({ tickets: [without] }));
  await show();
  await ticket(1);
  expect(screen.queryByRole('button', { name: 'Share' })).toBeNull();
  expect(screen.queryByRole('button', { name: 'Print tickets' })).toBeNull();
});

test('the calendar’s file is downloaded with the person’s token', async () => {
  let token: string | null = null;
  server.use(
    http.get(api(`${address}/tickets/tkt_1/calendar.ics`), ({ request }) => {
      token = request.headers.get('Authorization');
      return new HttpResponse('BEGIN:VCALENDAR', { headers: { 'Content-Type': 'text/calendar' } });
    }),
  );
  URL.createObjectURL = vi.fn(() => 'blob:x');
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Add to calendar' }));
  await waitFor(() => expect(click).toHaveBeenCalled());
  expect((click.mock.contexts[0] as HTMLAnchorElement).download).toBe('night-of-fado.ics');
  expect(token).toBe('Bearer token');
});

test('what was opened is there without a network, and cannot be changed', async () => {
  const first = await show();
  await ticket(1);
  await waitFor(async () => expect(await readKept('usr_alex/booking/bkg_1')).toBeTruthy());
  first.unmount();
  onlineManager.setOnline(false);
  await show();
  const kept = await ticket(1);
  expect(kept.getByRole('img', { name: /QR code/ })).toBeTruthy();
  expect(screen.getByText(/^As of /)).toBeTruthy();
  for (const name of ['Change the name', 'Share', 'Cancel']) {
    const button = kept.getByRole('button', { name }) as HTMLButtonElement;
    expect(button.disabled, name).toBe(true);
    expect(document.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent).toBe(
      'Changes need a connection.',
    );
  }
});

test('a server that does not answer leaves what is kept, and can be asked again', async () => {
  await keep('usr_alex/booking/bkg_1', aBooking());
  server.use(http.get(api(address), () => problem(503, 'unavailable'), { once: true }));
  const { user } = await show();
  await screen.findByText(/We cannot be reached just now/);
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(screen.queryByText(/We cannot be reached/)).toBeNull());
});

test('who has no session any more sees what is kept, and signs in to change it', async () => {
  await keep('usr_alex/booking/bkg_1', aBooking());
  server.use(http.get(api(address), () => problem(401, 'unauthenticated')));
  await show();
  await ticket(1);
  expect(await screen.findByText(/Sign in to see the latest/)).toBeTruthy();
});

test('what was never opened says what to do', async () => {
  onlineManager.setOnline(false);
  await show();
  await screen.findByRole('heading', { name: 'This booking is not on your device yet' });
});

test('another’s booking is not found, and what was kept of it is forgotten', async () => {
  await keep('usr_alex/booking/bkg_1', aBooking());
  server.use(http.get(api(address), () => problem(404, 'notFound')));
  await show();
  await screen.findByRole('heading', { name: 'There is no such booking here' });
  await waitFor(async () => expect(await readKept('usr_alex/booking/bkg_1')).toBeUndefined());
});
