import { onlineManager } from '@tanstack/react-query';
import { act, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Hold, WantItem } from '../../api/gen/types.gen';
import { changePurchase, finishPurchase, readPurchase, startPurchase } from '../../lib/purchase';
import { aBooking, aHold, anEvent, aSeat, eur } from '../../test/factories';
import { alex, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { CheckoutPage } from './CheckoutPage';

const quantity: WantItem[] = [{ ticketTypeId: 'tt_seat', quantity: 3 }];
const seats: WantItem[] = [
  { ticketTypeId: 'tt_seat', seats: [1, 2, 3].map((number) => ({ sectionId: 'sec_stalls', row: 'A', number })) },
];

const show = async (purchase: { id: string; eventId: string }) => {
  const view = await renderPage(CheckoutPage, {
    path: '/events/$eventId/checkout',
    at: `/events/${purchase.eventId}/checkout?purchase=${purchase.id}`,
    texts: ['checkout'],
    as: alex,
    validateSearch: (search) => search,
  });
  return { ...view, purchase };
};
const open = (items = quantity, together = true) => show(startPurchase('evt_1', items, together));
const pay = () => screen.findByRole('button', { name: 'Pay €135.00' });
const held = (over: Partial<Hold> = {}) =>
  server.use(http.post(api('/v1/holds'), () => HttpResponse.json(aHold(over), { status: 201 })));
const refusedHold = (code: string, status = 409, headers = {}) =>
  server.use(http.post(api('/v1/holds'), () => problem(status, code, [], headers)));
const booking = (answer: () => Response) => server.use(http.post(api('/v1/bookings'), answer));
const group = (number: number) => screen.getByRole('group', { name: new RegExp(`^Ticket ${number}`) });
const field = (label: string, number: number) =>
  screen.getAllByLabelText<HTMLInputElement>(label)[number - 1] ?? expect.fail(`no ${label} of ticket ${number}`);
const nameOf = (number: number) => field('Name', number);
const emailOf = (number: number) => field('E-mail (optional)', number);

beforeEach(() => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  server.use(
    http.get(api('/v1/events/evt_1'), () => HttpResponse.json(anEvent())),
    http.delete(api('/v1/holds/:token'), () => new HttpResponse(null, { status: 204 })),
  );
  held();
});
afterEach(() => {
  onlineManager.setOnline(true);
});

describe('the form', () => {
  test('shows what is held, and what it costs', async () => {
    await open();
    const order = await screen.findByRole('region', { name: 'Your order' });
    expect(await within(order).findByText('Night of fado')).toBeTruthy();
    expect(order.textContent).toMatch(/Stalls, row A, seats 1, 2,? and 3/);
    expect(order.textContent).toMatch(/Seat · 3 × €45.00/);
    expect(order.textContent).toMatch(/Total€135.00/);
    expect(order.textContent).toMatch(/Full refund until/);
    expect(document.title).toBe('Checkout · MyEvents');
  });

  test('each row, and each place to stand, is a line', async () => {
    const floor = (number: number) =>
      aSeat({ sectionId: 'sec_floor', section: 'Floor', row: undefined, number, ticketTypeId: 'tt_floor', price: eur(2500) });
    held({ seats: [aSeat({ number: 1 }), aSeat({ row: 'B', number: 7 }), floor(1), floor(2)], total: eur(14000) });
    await open();
    const lines = within(await screen.findByRole('region', { name: 'Your order' })).getAllByRole('listitem');
    await screen.findByText('Night of fado');
    expect(lines.map((l) => l.textContent)).toEqual([
      expect.stringContaining('Stalls, row A, seat 1'),
      expect.stringContaining('Stalls, row B, seat 7'),
      expect.stringMatching(/Floor, standing2 × €25.00€50.00/),
    ]);
  });

  test('begins with the buyer’s own name, which moves', async () => {
    const { user, purchase } = await open();
    await pay();
    expect([1, 2, 3].map((n) => nameOf(n).value)).toEqual(['Alex Attendee', '', '']);
    expect(within(group(1)).queryByRole('button')).toBeNull();
    await user.click(within(group(3)).getByRole('button', { name: 'That’s me: ticket 3' }));
    expect([1, 2, 3].map((n) => nameOf(n).value)).toEqual(['', '', 'Alex Attendee']);
    expect(screen.getByText('Ticket 3 is now yours.')).toBeTruthy();
    expect(readPurchase(purchase.id)?.attendees[2]?.name).toBe('Alex Attendee');
  });

  test('keeps what is typed for who comes back', async () => {
    const { user, purchase, unmount } = await open();
    await pay();
    await user.type(nameOf(2), 'Rui');
    unmount();
    await show(purchase);
    await pay();
    expect(nameOf(1).value).toBe('Alex Attendee');
    expect(nameOf(2).value).toBe('Rui');
  });

  test('says what is wrong, leads there, and sends nothing', async () => {
    const { user } = await open();
    await pay();
    await user.type(emailOf(2), 'rui@example.org');
    await user.type(nameOf(3), 'Ada');
    await user.type(emailOf(3), 'ada');
    await user.click(await pay());
    await waitFor(() => expect(document.activeElement).toBe(nameOf(2)));
    expect(nameOf(2).getAttribute('aria-invalid')).toBe('true');
    const summary = screen.getByRole('alert');
    expect(summary.textContent).toMatch(/2 things are not right yet/);
    await user.click(within(summary).getByRole('link', { name: /^Ticket 3: An address looks like/ }));
    expect(document.activeElement).toBe(emailOf(3));
    await user.clear(emailOf(3));
    await user.type(nameOf(2), 'Rui');
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('fills in what the browser knows', async () => {
    await open();
    await pay();
    expect(nameOf(2).autocomplete).toBe('section-ticket2 name');
    expect(emailOf(2).autocomplete).toBe('section-ticket2 email');
    expect(emailOf(2).type).toBe('email');
  });

  test('asks for no payment where nothing is to pay', async () => {
    held({ total: eur(0), seats: [aSeat({ price: eur(0) })] });
    const body = vi.fn();
    server.use(
      http.post(api('/v1/bookings'), async ({ request }) => {
        body(await request.json());
        return HttpResponse.json(aBooking(), { status: 201 });
      }),
    );
    const { user } = await open();
    await user.click(await screen.findByRole('button', { name: 'Book' }));
    expect(screen.queryByRole('radio')).toBeNull();
    await screen.findByText('at /bookings/bkg_1?justBooked=true');
    expect(body).toHaveBeenCalledWith({ hold: 'hold-token', attendees: [{ name: 'Alex Attendee' }] });
  });
});

describe('time', () => {
  const clock = (minutes: number) => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    held({ expiresAt: new Date(Date.now() + minutes * 60_000).toISOString() });
  };
  const later = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1000));
  const announced = () => screen.queryByText(/minutes? left to book/)?.textContent;
  afterEach(() => {
    vi.useRealTimers();
  });

  test('is announced at five, two and one minutes, and then is over', async () => {
    clock(6);
    await open();
    await pay();
    expect(screen.getByRole('timer').textContent).toMatch(/^Kept for you for (6:00|5:5\d)$/);
    expect(announced()).toBeUndefined();
    await later(65);
    expect(announced()).toBe('5 minutes left to book your places.');
    await later(175);
    expect(announced()).toBe('2 minutes left to book your places.');
    await later(60);
    expect(announced()).toBe('1 minute left to book your places.');
    await later(61);
    expect(screen.getByRole('heading', { name: 'The time ran out' })).toBeTruthy();
  });

  test('that ran out is asked for anew, under a new key, with the names', async () => {
    clock(1);
    const { user, purchase } = await open();
    await pay();
    await user.type(nameOf(2), 'Rui');
    const { holdKey } = readPurchase(purchase.id) ?? expect.fail('nothing is stored');
    await later(61);
    expect(document.activeElement?.textContent).toMatch(/The time ran out/);
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await pay();
    expect(nameOf(2).value).toBe('Rui');
    expect(readPurchase(purchase.id)?.holdKey).not.toBe(holdKey);
  });

  test('is added once', async () => {
    clock(3);
    server.use(
      http.post(api('/v1/holds/hold-token/extend'), () =>
        HttpResponse.json(aHold({ expiresAt: new Date(Date.now() + 13 * 60_000).toISOString() })),
      ),
    );
    const { user } = await open();
    await pay();
    await user.click(screen.getByRole('button', { name: 'Need more time?' }));
    expect(await screen.findByText('You have extra time. This works once.')).toBeTruthy();
    expect(screen.getByRole('timer').textContent).toMatch(/1[23]:/);
    expect(screen.queryByRole('button', { name: 'Need more time?' })).toBeNull();
  });

  test('that cannot be added says so, and can be wished for again', async () => {
    server.use(http.post(api('/v1/holds/hold-token/extend'), () => problem(503, 'unavailable')));
    const { user } = await open();
    await pay();
    await user.click(screen.getByRole('button', { name: 'Need more time?' }));
    expect((await screen.findByRole('alert')).textContent).toBe('More time could not be added.');
    expect(screen.getByRole('button', { name: 'Need more time?' })).toBeTruthy();
  });
});

describe('places that cannot be had', () => {
  test('wait for a sale that is just opening', async () => {
    refusedHold('opening', 503, { 'Retry-After': '60' });
    const { user } = await open();
    expect(await screen.findByText(/Sales are just opening/)).toBeTruthy();
    held();
    await user.click(screen.getByRole('button', { name: 'Ask now' }));
    await pay();
  });

  test('wait for a network', async () => {
    server.use(http.post(api('/v1/holds'), () => HttpResponse.error()));
    await open();
    expect(await screen.findByText(/There is no connection/)).toBeTruthy();
    held();
    act(() => void window.dispatchEvent(new Event('online')));
    await pay();
  });

  test('in other people’s hands are asked for again', async () => {
    refusedHold('allHeld');
    await open();
    expect(await screen.findByRole('heading', { name: 'Waiting for places to come back' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Choose other places' }).getAttribute('href')).toBe('/events/evt_1/seats');
  });

  test('taken by others: the best of the same ticket type are offered', async () => {
    refusedHold('seatTaken');
    const { user, purchase } = await open(seats, false);
    await screen.findByRole('heading', { name: 'Somebody was quicker' });
    const body = vi.fn();
    server.use(
      http.post(api('/v1/holds'), async ({ request }) => {
        body(await request.json());
        return HttpResponse.json(aHold(), { status: 201 });
      }),
    );
    await user.click(screen.getByRole('button', { name: 'Take the best 3 together instead' }));
    await pay();
    expect(body).toHaveBeenCalledWith({ eventId: 'evt_1', items: quantity, together: true });
    expect(readPurchase(purchase.id)?.holdKey).not.toBe((purchase as { holdKey?: string }).holdKey);
  });

  test('not side by side: they are offered apart', async () => {
    refusedHold('notTogether');
    const { user } = await open();
    await screen.findByRole('heading', { name: 'No longer side by side' });
    const body = vi.fn();
    server.use(
      http.post(api('/v1/holds'), async ({ request }) => {
        body(await request.json());
        return HttpResponse.json(aHold(), { status: 201 });
      }),
    );
    await user.click(screen.getByRole('button', { name: 'Take 3 seats apart' }));
    await pay();
    expect(body).toHaveBeenCalledWith({ eventId: 'evt_1', items: quantity, together: false });
  });

  test.each([
    ['soldOut', 409, 'Sold out, just now', 'Find something else', '/'],
    ['soldOut', 409, 'Sold out, just now', 'Choose fewer', '/events/evt_1/seats'],
    ['notOnSale', 409, 'Not on sale just now', 'To the event', '/events/evt_1'],
    ['limitReached', 409, 'That is more than one person may buy', 'My bookings', '/bookings'],
    ['invalid', 422, 'These places cannot be had', 'Choose other places', '/events/evt_1/seats'],
  ])('%s (%i) is told kindly: %s, %s', async (code, status, title, link, href) => {
    refusedHold(code, status);
    await open();
    await screen.findByRole('heading', { name: title });
    expect(screen.getByRole('link', { name: link }).getAttribute('href')).toBe(href);
  });

  test('held by a purchase that was left lead there', async () => {
    const left = startPurchase('evt_1', quantity, true);
    changePurchase(left.id, { hold: aHold(), userId: alex.id });
    refusedHold('seatTaken');
    await open(seats, false);
    await screen.findByText('You hold 3 places for this event already');
    expect(screen.getByRole('link', { name: 'Go on with them' }).getAttribute('href')).toBe(
      `/events/evt_1/checkout?purchase=${left.id}`,
    );
  });

  test('the limit is named where it is known', async () => {
    refusedHold('limitReached');
    await open();
    expect(await screen.findByText(/One person may have 10 for this event/)).toBeTruthy();
  });

  test('for a reason that passes can be asked for again', async () => {
    refusedHold('unauthenticated', 401);
    await open();
    expect((await screen.findByRole('alert')).textContent).toMatch(/Please sign in/);
  });
});

describe('paying', () => {
  test('books, forgets what was typed, and leads to the tickets', async () => {
    const sent = vi.fn();
    server.use(
      http.post(api('/v1/bookings'), async ({ request }) => {
        sent(request.headers.get('Idempotency-Key'), await request.json());
        return HttpResponse.json(aBooking(), { status: 201 });
      }),
    );
    const { user, purchase } = await open();
    const { bookingKey } = readPurchase(purchase.id) ?? expect.fail('nothing is stored');
    await pay();
    await user.type(nameOf(2), 'Rui Costa');
    await user.type(emailOf(2), 'rui@example.org');
    await user.click(await pay());
    await screen.findByText('at /bookings/bkg_1?justBooked=true');
    expect(sent.mock.calls).toEqual([
      [
        bookingKey,
        {
          hold: 'hold-token',
          attendees: [{ name: 'Alex Attendee' }, { name: 'Rui Costa', email: 'rui@example.org' }],
          payment: { method: 'test', token: 'ok' },
        },
      ],
    ]);
    expect(JSON.stringify(localStorage)).not.toMatch(/Rui/);
  });

  test('offers each outcome of a test payment, and says that it is one', async () => {
    const { user } = await open();
    await pay();
    const choices = within(screen.getByRole('group', { name: 'Payment' }));
    expect(choices.getByText(/This is a test payment/)).toBeTruthy();
    expect(choices.getAllByRole('radio').map((r) => (r as HTMLInputElement).value)).toEqual([
      'ok',
      'declined',
      'slow',
      'lost',
      'refuseCapture',
    ]);
    await user.click(choices.getByRole('radio', { name: /^Slow bank/ }));
    expect(choices.getByRole<HTMLInputElement>('radio', { name: /^Slow bank/ }).checked).toBe(true);
  });

  test('declined: the places stay, and another way is chosen', async () => {
    booking(() => problem(402, 'paymentDeclined'));
    server.use(http.get(api('/v1/holds/hold-token'), () => HttpResponse.json(aHold())));
    const { user } = await open();
    await pay();
    await user.type(nameOf(2), 'Rui');
    await user.click(screen.getByRole('radio', { name: /^Card that is declined/ }));
    await user.click(await pay());
    const told = await screen.findByText(/The payment was declined/);
    expect(document.activeElement).toBe(told.closest('[tabindex]'));
    expect(nameOf(2).value).toBe('Rui');
    expect(screen.getByRole<HTMLInputElement>('radio', { name: /^Card that is declined/ }).checked).toBe(true);
    booking(() => HttpResponse.json(aBooking(), { status: 201 }));
    await user.click(screen.getByRole('radio', { name: /^Card that works/ }));
    await user.click(await pay());
    await screen.findByText('at /bookings/bkg_1?justBooked=true');
  });

  test('taken back by the bank: says so, and tries anew', async () => {
    booking(() => problem(402, 'paymentDeclined'));
    server.use(http.get(api('/v1/holds/hold-token'), () => problem(404, 'notFound')));
    const { user } = await open();
    await user.click(await pay());
    await screen.findByRole('heading', { name: 'The bank took the payment back' });
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await pay();
  });

  test('without an answer says that nothing is charged twice, warns who closes the page, and asks again', async () => {
    booking(() => HttpResponse.error());
    const { user } = await open();
    await user.click(await pay());
    expect(await screen.findByText(/you will not be charged twice/)).toBeTruthy();
    expect(screen.getByRole('heading', { name: 'Checking with the server…' })).toBeTruthy();
    const closing = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(closing);
    expect(closing.defaultPrevented).toBe(true);
    act(() => onlineManager.setOnline(false));
    expect(screen.getByText(/as soon as it is back: you will not be charged twice/)).toBeTruthy();
    booking(() => HttpResponse.json(aBooking(), { status: 201 }));
    await user.click(screen.getByRole('button', { name: 'Ask now' }));
    await screen.findByText('at /bookings/bkg_1?justBooked=true');
  });

  test('nobody is warned who has nothing under way', async () => {
    await open();
    await pay();
    const closing = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(closing);
    expect(closing.defaultPrevented).toBe(false);
  });

  test('goes on by itself after a reload', async () => {
    const purchase = startPurchase('evt_1', quantity, true);
    const sent = { hold: 'hold-token', payment: { method: 'test', token: 'ok' } };
    changePurchase(purchase.id, { hold: aHold(), userId: alex.id, sent });
    const body = vi.fn();
    server.use(
      http.post(api('/v1/bookings'), async ({ request }) => {
        body(await request.json());
        return HttpResponse.json(aBooking(), { status: 201 });
      }),
    );
    await show(purchase);
    await screen.findByText('at /bookings/bkg_1?justBooked=true');
    expect(body).toHaveBeenCalledWith(sent);
  });

  test('that is settling waits for the tickets', async () => {
    booking(() => HttpResponse.json(aBooking({ status: 'recorded' }), { status: 202 }));
    server.use(http.get(api('/v1/bookings/bkg_1'), () => HttpResponse.json(aBooking())));
    const { user } = await open();
    await user.click(await pay());
    expect(await screen.findByRole('heading', { name: 'Your order is in' })).toBeTruthy();
    await screen.findByText('at /bookings/bkg_1?justBooked=true', {}, { timeout: 3_000 });
  });

  test('with a field that the API refuses leads to that field', async () => {
    booking(() => problem(422, 'invalid', [{ location: 'body.attendees[0].name', message: 'must not be blank' }]));
    const { user } = await open();
    await user.click(await pay());
    await waitFor(() => expect(document.activeElement).toBe(nameOf(1)));
    expect(screen.getAllByText('Please check this name.')).toHaveLength(1);
    await user.type(nameOf(1), '!');
    expect(screen.queryByText(/Please check this name/)).toBeNull();
  });

  test('with a payment that the API does not take says so there', async () => {
    booking(() => problem(422, 'invalid', [{ location: 'body.payment.token', message: 'must be ok' }]));
    const { user } = await open();
    await user.click(await pay());
    expect(within(await screen.findByRole('group', { name: 'Payment' })).getByRole('alert').textContent).toMatch(/not right/);
  });

  test.each([
    [409, 'holdLapsed', 'The time ran out'],
    [409, 'notOnSale', 'Sales have ended'],
  ])('%i %s: %s', async (status, code, title) => {
    booking(() => problem(status, code));
    const { user } = await open();
    await user.click(await pay());
    await screen.findByRole('heading', { name: title });
  });

  test('for places that are booked already leads to the bookings', async () => {
    booking(() => problem(409, 'holdUsed'));
    server.use(http.get(api('/v1/bookings'), () => HttpResponse.json({ items: [] })));
    const { user } = await open();
    await user.click(await pay());
    await screen.findByRole('heading', { name: 'These places are booked already' });
    expect(screen.getByRole('link', { name: 'My bookings' })).toBeTruthy();
  });

  test('when the session has ended keeps everything for after signing in', async () => {
    booking(() => problem(401, 'unauthenticated'));
    const { user, purchase, unmount } = await open();
    await pay();
    await user.type(nameOf(2), 'Rui');
    await user.click(await pay());
    await screen.findByRole('heading', { name: 'Please sign in again' });
    const closing = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(closing);
    expect(closing.defaultPrevented).toBe(false); // signing in is no way to lose anything
    unmount();
    booking(() => HttpResponse.json(aBooking(), { status: 201 }));
    await show(purchase);
    await screen.findByText('at /bookings/bkg_1?justBooked=true');
  });
});

describe('leaving', () => {
  const released = () => {
    const tokens: string[] = [];
    server.use(
      http.delete(api('/v1/holds/:token'), ({ params }) => {
        tokens.push(String(params.token));
        return new HttpResponse(null, { status: 204 });
      }),
    );
    return tokens;
  };

  test('gives the places back where one is sure', async () => {
    const tokens = released();
    const { user, purchase } = await open();
    await pay();
    await user.click(screen.getByRole('button', { name: 'Give the places back' }));
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Keep them' }));
    expect(tokens).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Give the places back' }));
    await user.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Give the places back' }));
    await screen.findByRole('heading', { name: 'Your places were given back' });
    await waitFor(() => expect(tokens).toEqual(['hold-token']));
    expect(readPurchase(purchase.id)).toBeUndefined();
  });

  test('for another page gives them back, and keeps the names', async () => {
    const tokens = released();
    const { user, purchase } = await open();
    await pay();
    await user.type(nameOf(2), 'Rui');
    await user.click(screen.getByRole('link', { name: 'Back to the event' }));
    await screen.findByText('at /events/evt_1');
    await waitFor(() => expect(tokens).toEqual(['hold-token']));
    expect(readPurchase(purchase.id)?.attendees[1]?.name).toBe('Rui');
  });

  test('in the middle of paying gives nothing back', async () => {
    const tokens = released();
    booking(() => HttpResponse.error());
    const { user, router, purchase } = await open();
    await user.click(await pay());
    await screen.findByText(/you will not be charged twice/);
    await act(() => router.navigate({ to: '/events/evt_1' as never }));
    await screen.findByText('at /events/evt_1');
    expect(tokens).toEqual([]);
    expect(readPurchase(purchase.id)?.sent).toBeDefined();
  });
});

describe('a link that leads nowhere', () => {
  test('says so, and leads to the event', async () => {
    await show({ id: 'unknown', eventId: 'evt_1' });
    expect(screen.getByRole('heading', { name: 'This checkout is not here any more' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'To the event' }).getAttribute('href')).toBe('/events/evt_1');
  });

  test('of another event is not followed', async () => {
    const { id } = startPurchase('evt_2', quantity);
    await show({ id, eventId: 'evt_1' });
    expect(screen.getByRole('heading', { name: 'This checkout is not here any more' })).toBeTruthy();
  });

  test('of another person shows nothing of theirs', async () => {
    const { id } = startPurchase('evt_1', quantity);
    changePurchase(id, { userId: 'usr_other', attendees: [{ name: 'Somebody', email: '' }] });
    await show({ id, eventId: 'evt_1' });
    expect(screen.getByRole('heading', { name: 'This checkout belongs to another account' })).toBeTruthy();
    expect(screen.queryByText('Somebody')).toBeNull();
  });

  test('of a purchase that was booked leads to the booking', async () => {
    const { id } = startPurchase('evt_1', quantity);
    finishPurchase(id, 'bkg_9');
    await show({ id, eventId: 'evt_1' });
    await screen.findByText('at /bookings/bkg_9');
  });
});
