import { onlineManager } from '@tanstack/react-query';
import { act, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WantItem } from '../../api/gen/types.gen';
import { changePurchase, readPurchase, startPurchase } from '../../lib/purchase';
import { aHold, aSeat, eur } from '../../test/factories';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { answer, counts, show } from './testPage';
import { mapFrom } from './testSeats';

const open = async (search = '') => {
  const view = await show(`?section=sec_stalls${search}`);
  await screen.findByRole('grid', { name: 'Seats of Stalls' });
  return view;
};
/** A seat as it is called: "A5", and the rest of its name. */
const seat = (place: string, rest = '.*') =>
  screen.getByRole('gridcell', { name: new RegExp(`^Stalls, row ${place[0]}, seat ${place.slice(1)}, ${rest}$`) });
const tray = () => screen.getByRole('region', { name: 'Your choice' });
const chosen = () =>
  within(tray())
    .queryAllByRole('button', { name: /^Remove / })
    .map((b) => b.getAttribute('aria-label')?.replace(/Remove Stalls, row (.), seat /, '$1'));
const goOn = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Continue' });
const purchaseOf = (address: string) => readPurchase(address.split('purchase=')[1] ?? '') ?? expect.fail('nothing is stored');
const led = async () => purchaseOf((await screen.findByText(/^at \/events\/evt_1\/checkout\?purchase=/)).textContent ?? '');

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

describe('the seats', () => {
  test('are one stop of the keyboard, which begins at the best and moves with arrows, Home and End', async () => {
    const { user } = await open();
    const stops = () =>
      within(screen.getByRole('grid'))
        .getAllByRole('gridcell')
        .filter((c) => c.tabIndex === 0);
    expect(stops()).toEqual([seat('A7')]);
    act(() => seat('A7').focus());
    for (const [key, to] of [
      ['{ArrowRight}', 'A8'],
      ['{ArrowLeft}', 'A7'],
      ['{ArrowDown}', 'B8'],
      ['{ArrowUp}', 'A7'],
      ['{Home}', 'A1'],
      ['{ArrowLeft}', 'A1'],
      ['{End}', 'A12'],
      ['{Control>}{End}{/Control}', 'B14'],
      ['{Control>}{Home}{/Control}', 'A1'],
    ] as const) {
      await user.keyboard(key);
      expect(document.activeElement, key).toBe(seat(to));
      expect(stops()).toEqual([seat(to)]);
    }
  });

  test('leave the browser’s own zoom alone', async () => {
    await open();
    act(() => seat('A7').focus());
    const press = (key: string, ctrlKey: boolean) =>
      seat('A7').dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true }));
    expect(['+', '-', '0'].map((key) => press(key, true))).toEqual([true, true, true]);
    expect(['+', '-', '0'].map((key) => press(key, false))).toEqual([false, false, false]);
  });

  test('are rows of buttons in the list', async () => {
    const { user } = await open();
    await user.click(screen.getByRole('button', { name: 'List' }));
    const rows = within(screen.getByRole('list', { name: 'Seats of Stalls' }));
    expect(screen.queryByRole('grid')).toBeNull();
    expect(rows.getByRole('button', { name: 'row A, 10 free' }).getAttribute('aria-expanded')).toBe('true');
    await user.click(rows.getByRole('button', { name: 'row B, 14 free' }));
    await user.click(rows.getByRole('button', { name: 'Stalls, row B, seat 2, wheelchair place, €45.00, free' }));
    expect(rows.getByRole('button', { name: /^Stalls, row B, seat 2, .*chosen$/, pressed: true })).toBeTruthy();
    await user.click(rows.getByRole('button', { name: 'Stalls, row A, seat 6, not available' }));
    expect(chosen()).toEqual(['B2']);
    await user.click(within(tray()).getByRole('button', { name: 'Remove Stalls, row B, seat 2' }));
    expect(rows.getByRole('button', { name: /^Stalls, row B, seat 2, .*free$/, pressed: false })).toBeTruthy();
    expect(document.activeElement).toBe(screen.getByRole('heading', { name: 'Your choice' })); // the button is gone
    await user.click(screen.getByRole('checkbox', { name: 'Wheelchair places only' }));
    expect(rows.getAllByRole('button').map((b) => b.textContent)).toEqual(['row B2 free', '1', '2']);
  });
});

describe('the choice', () => {
  test('has for each seat the tickets that one may still have', async () => {
    const sectionIds = ['sec_stalls'];
    const ticketTypes = [
      { id: 'tt_seat', name: 'Seat', price: eur(4500), sectionIds },
      { id: 'tt_child', name: 'Child', price: eur(2000), sectionIds, perPerson: 1 },
    ];
    answer({ event: { ticketTypes, perPerson: 2 } });
    const { user } = await open();
    await user.click(seat('A7'));
    await user.click(seat('A8'));
    const ticket = (number: number) => screen.queryByRole('combobox', { name: `Ticket for Stalls, row A, seat ${number}` });
    await user.selectOptions(ticket(7) ?? expect.fail(), 'Child, €20.00');
    expect(tray().textContent).toMatch(/Total€65.00/);
    expect(ticket(7)).toHaveProperty('value', 'tt_child');
    expect(ticket(8)).toBeNull(); // one child is all there may be
    await user.selectOptions(ticket(7) ?? expect.fail(), 'Seat, €45.00');
    expect(ticket(8)).toBeTruthy();
  });

  test('that would leave a seat alone says so', async () => {
    const { user } = await open();
    await user.click(seat('A2'));
    expect(within(tray()).getByText(/^One seat would be left alone: row A, seat 1\./)).toBeTruthy();
    await user.click(seat('A1'));
    expect(within(tray()).queryByText(/left alone/)).toBeNull();
  });

  test('is offered something else when the offer is taken, too, and nothing where nothing is left', async () => {
    const { user, queries } = await open();
    const poll = async (drawing: string) => {
      answer({ seats: mapFrom(drawing) });
      await act(() => queries.refetchQueries({ queryKey: ['seats'] }));
    };
    await user.click(seat('A7'));
    await poll('....hxx..... ww............');
    expect(await screen.findByText('The next best: row A, seat 8.')).toBeTruthy();
    await poll('....hxxx.... ww............');
    expect(await screen.findByText('The next best: row A, seat 9.')).toBeTruthy();
    await poll('xxxxxxxxxxxx xxxxxxxxxxxxxx');
    await waitFor(() => expect(screen.queryByText(/The next best/)).toBeNull());
    expect(screen.getByText('Somebody was quicker: row A, seat 7 has just gone.')).toBeTruthy();
    expect(chosen()).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Close' }));
    expect(screen.queryByText(/Somebody was quicker/)).toBeNull();
  });

  test('says all that was lost, one after the other', async () => {
    const { user, queries } = await open();
    for (const place of ['A7', 'A8', 'A9']) await user.click(seat(place));
    for (const drawing of ['....hx..x... ww............', '....hx.xx... ww............']) {
      answer({ seats: mapFrom(drawing) });
      await act(() => queries.refetchQueries({ queryKey: ['seats'] }));
    }
    expect(await screen.findByText('Somebody was quicker: row A, seat 9 and row A, seat 8 have just gone.')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Take them' }));
    expect(chosen()).toHaveLength(3);
  });
});

describe('going on', () => {
  const items: WantItem[] = [{ ticketTypeId: 'tt_seat', seats: [{ sectionId: 'sec_stalls', row: 'A', number: 5 }] }];
  /** A purchase of before, which holds A5. */
  const heldBefore = () => {
    const { id } = startPurchase('evt_1', items);
    changePurchase(id, { hold: aHold({ seats: [aSeat({ number: 5 })] }) });
    return id;
  };

  test('takes places to stand as a number', async () => {
    const { user } = await show('?section=sec_floor');
    await user.click(await screen.findByRole('button', { name: 'Floor: more' }));
    await user.click(goOn());
    expect(await led()).toMatchObject({ items: [{ ticketTypeId: 'tt_floor', quantity: 1 }], together: false });
  });

  test('with what is held already keeps it', async () => {
    const id = heldBefore();
    const { user } = await open(`&purchase=${id}`);
    expect(chosen()).toEqual(['A5']);
    expect(seat('A5', '€45.00, chosen')).toBeTruthy();
    await user.click(goOn());
    expect((await led()).id).toBe(id);
  });

  test('with another choice lets the places of before go first', async () => {
    const id = heldBefore();
    const released = vi.fn();
    server.use(
      http.delete(api('/v1/holds/hold-token'), () => {
        released();
        return new HttpResponse(null, { status: 204 });
      }),
    );
    const { user } = await open(`&purchase=${id}`);
    await user.click(seat('A4'));
    await user.click(goOn());
    expect((await led()).id).not.toBe(id);
    expect(released).toHaveBeenCalledTimes(1);
  });

  test('that does not work says so, and can be tried again', async () => {
    server.use(http.delete(api('/v1/holds/hold-token'), () => problem(503, 'unavailable')));
    const { user } = await open(`&purchase=${heldBefore()}`);
    await user.click(seat('A4'));
    await user.click(goOn());
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toMatch(/Something is wrong on our side/);
    expect(document.activeElement?.contains(alert)).toBe(true);
    server.use(http.delete(api('/v1/holds/hold-token'), () => problem(404, 'notFound')));
    await user.click(within(alert).getByRole('button', { name: 'Try again' }));
    await led();
  });

  test('is possible with what one holds oneself, though all is sold out', async () => {
    answer({ left: counts(0, 0), seats: mapFrom('xxxxhxxxxxxx xxxxxxxxxxxxxx') });
    await open(`&purchase=${heldBefore()}`);
    expect(chosen()).toEqual(['A5']);
    expect(goOn().disabled).toBe(false);
  });
});
