import { onlineManager } from '@tanstack/react-query';
import { act, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readPurchase } from '../../lib/purchase';
import { anEvent, eur } from '../../test/factories';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { answer, counts, show, stalls } from './testPage';
import { mapFrom } from './testSeats';

const hall = () => screen.findByRole('group', { name: 'Plan of the hall' });
const tray = () => screen.getByRole('region', { name: 'Your choice' });
const chosen = () =>
  within(tray())
    .queryAllByRole('button', { name: /^Remove / })
    .map((b) => b.getAttribute('aria-label')?.replace('Remove ', ''));

const complaints = vi.fn();

beforeEach(() => {
  complaints.mockReset();
  vi.spyOn(console, 'error').mockImplementation(complaints);
  answer();
});
afterEach(() => {
  expect(complaints).not.toHaveBeenCalled();
  onlineManager.setOnline(true);
  vi.useRealTimers();
});

describe('the page opens', () => {
  test('loading is said', async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    server.use(
      http.get(api('/v1/events/evt_1'), async () => {
        await gate;
        return HttpResponse.json(anEvent());
      }),
    );
    await show();
    expect(screen.getByRole('heading', { level: 1, name: 'Choose your places' })).toBeTruthy();
    expect(screen.getByRole('status').textContent).toBe('Loading…');
    go();
    await hall();
    expect(screen.queryByText('Loading…')).toBeNull();
    expect(screen.getByText(/Jun 1, 2031.* · Coliseu · Lisboa/)).toBeTruthy();
    expect(screen.getByRole('link', { name: 'Night of fado' }).getAttribute('href')).toBe('/events/evt_1');
  });

  test('an unknown event leads to others, not back to itself', async () => {
    server.use(http.get(api('/v1/events/evt_1'), () => problem(404, 'notFound')));
    await show();
    expect(await screen.findByRole('heading', { name: 'This does not exist, or no longer.' })).toBeTruthy();
    expect(screen.getByRole('link', { name: 'See other events' }).getAttribute('href')).toBe('/');
    expect(screen.getAllByRole('link')).toHaveLength(1);
    expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
  });

  test.each(['/v1/events/evt_1', '/v1/locations/loc_1'])('an error of %s can be tried again', async (path) => {
    server.use(http.get(api(path), () => problem(500, 'internal')));
    const { user } = await show();
    expect((await screen.findByRole('alert')).textContent).toMatch(/Something is wrong on our side/);
    answer();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await hall();
    expect(screen.queryByRole('alert')).toBeNull();
  });

  test('without a network it says so, and begins once there is one', async () => {
    onlineManager.setOnline(false);
    await show();
    expect((await screen.findByRole('alert')).textContent).toBe('There is no connection just now.');
    expect(screen.queryByText('Loading…')).toBeNull();
    act(() => onlineManager.setOnline(true));
    await hall();
  });

  test('a place that comes back appears', async () => {
    answer({ left: counts(0, 0) });
    const { queries } = await show();
    await screen.findByRole('heading', { name: 'Sold out' });
    answer({ left: counts(0, 1) });
    await act(() => queries.refetchQueries({ queryKey: ['availability', 'evt_1'] }));
    expect(within(await hall()).getByRole('button', { name: 'Floor, €25.00, Only 1 left' })).toBeTruthy();
  });

  test('sales that are not open yet say when, and open by themselves', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    answer({ event: { availability: 'notOnSale', onSaleFrom: '2031-05-01T10:00:00Z' } });
    await show();
    expect(await screen.findByText(/^Sales open on .*May 1, 2031.* 11:00/)).toBeTruthy(); // Lisbon
    answer();
    await act(() => vi.advanceTimersByTimeAsync(30_000));
    await hall();
  });
});

describe('the hall', () => {
  test('is a list whose buttons say as much', async () => {
    const { user } = await show();
    await hall();
    await user.click(screen.getByRole('button', { name: 'List' }));
    const list = within(screen.getByRole('list', { name: 'Sections of the hall' }));
    expect(screen.queryByRole('group', { name: 'Plan of the hall' })).toBeNull();
    expect(list.getByRole('button', { name: 'Stalls, €45.00, 26 free, with wheelchair places' })).toBeTruthy();
    await user.click(list.getByRole('button', { name: /^Floor/ }));
    expect(await screen.findByRole('heading', { level: 2, name: 'Floor' })).toBeTruthy();
  });
});

describe('the best together', () => {
  const find = (n: number) => screen.findByRole('button', { name: n === 1 ? 'Find the best seat' : `Find ${n} side by side` });

  test('are found in the hall, and shown in their section', async () => {
    const { user, router } = await show();
    await user.click(await screen.findByRole('button', { name: 'Together: more' }));
    await user.click(await find(3));
    await screen.findByRole('grid', { name: 'Seats of Stalls' });
    expect(router.state.location.search).toEqual({ section: 'sec_stalls' });
    expect(chosen()).toEqual(['Stalls, row A, seat 7', 'Stalls, row A, seat 8', 'Stalls, row A, seat 9']);
    expect(tray().textContent).toMatch(/Total€135.00/);
  });

  test('keep what was changed while they were looked for', async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { user } = await show('?section=sec_floor');
    await user.click(await screen.findByRole('button', { name: 'Floor: more' }));
    server.use(
      http.get(api('/v1/events/evt_1/seats'), async () => {
        await gate;
        return HttpResponse.json(mapFrom(stalls));
      }),
    );
    await user.click(screen.getByRole('link', { name: 'All sections' }));
    await user.click(await find(2));
    await user.click(within(tray()).getByRole('button', { name: /^Remove Floor/ }));
    go();
    await screen.findByRole('grid', { name: 'Seats of Stalls' });
    expect(chosen()).toEqual(['Stalls, row A, seat 7', 'Stalls, row A, seat 8']);
  });

  test('that the page does not find are left to the server', async () => {
    answer({ seats: mapFrom('.x.x.x') });
    const { user } = await show();
    await user.click(await find(2));
    expect(await within(tray()).findByText('The best together')).toBeTruthy();
    await user.click(within(tray()).getByRole('button', { name: 'Continue' }));
    const address = (await screen.findByText(/^at \/events\/evt_1\/checkout/)).textContent ?? '';
    expect(readPurchase(address.split('purchase=')[1] ?? '')).toMatchObject({
      items: [{ ticketTypeId: 'tt_seat', quantity: 2 }],
      together: true,
    });
  });

  test('are left to the server where there is no network, too', async () => {
    const { user } = await show();
    await find(2);
    server.use(http.get(api('/v1/events/evt_1/seats'), () => HttpResponse.error()));
    act(() => onlineManager.setOnline(false));
    await user.click(await find(2));
    expect(await within(tray()).findByText('The best together')).toBeTruthy();
  });

  test('are never more than one person may have', async () => {
    answer({ event: { perPerson: 3 } });
    const { user } = await show('?section=sec_stalls');
    await find(2);
    for (let n = 0; n < 4; n += 1) await user.click(screen.getByRole('button', { name: 'Together: more' }));
    await user.click(await find(3));
    expect(chosen()).toHaveLength(3);
    await waitFor(() => expect(screen.getByRole('button', { name: 'Find the best seat' })).toHaveProperty('disabled', true));
    expect(within(tray()).getByText('One person may have 3 places.')).toBeTruthy();
  });
});

describe('where people stand', () => {
  const more = (name = 'Floor') => screen.findByRole('button', { name: `${name}: more` });

  test('the last ones are said to be the last', async () => {
    answer({ left: counts(26, 1) });
    const { user } = await show('?section=sec_floor');
    await screen.findByText('Only 1 left');
    await user.click(await more());
    expect(await screen.findByText('These are the last ones.')).toBeTruthy();
    await user.click(await more());
    expect(tray().textContent).toMatch(/Total€25.00/);
  });

  test('a ticket’s own limit holds', async () => {
    const ticketTypes = [
      { id: 'tt_floor', name: 'Floor', price: eur(2500), sectionIds: ['sec_floor'] },
      { id: 'tt_friend', name: 'Friend', price: eur(2000), sectionIds: ['sec_floor'], perPerson: 1 },
    ];
    answer({ event: { ticketTypes } });
    const { user } = await show('?section=sec_floor');
    await user.click(await more('Friend'));
    await user.click(await more('Friend'));
    expect(screen.getByText('One person may have 1 such ticket.')).toBeTruthy();
    await user.click(await more());
    expect(tray().textContent).toMatch(/Total€45.00/);
  });
});
