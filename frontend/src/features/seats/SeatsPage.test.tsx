import { onlineManager } from '@tanstack/react-query';
import { act, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Availability, Event, Section } from '../../api/gen/types.gen';
import { aLocation, anEvent, eur } from '../../test/factories';
import { renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { SeatsPage } from './SeatsPage';
import { parseSeats } from './search';
import { mapFrom } from './testSeats';

const open = (search = '') =>
  renderPage(SeatsPage, {
    path: '/events/$eventId/seats',
    at: `/events/evt_1/seats${search}`,
    texts: ['seats'],
    validateSearch: (s) => parseSeats(s) as Record<string, unknown>,
  });

const rows = ['A', 'B', 'C'].map((label) => ({ label, seats: 6, ...(label === 'A' && { accessible: [1] }) }));
const hall: Section[] = [
  { id: 'sec_stalls', name: 'Stalls', kind: 'seated', rows },
  { id: 'sec_circle', name: 'Circle', kind: 'seated', rows: [{ label: 'A', seats: 4 }] },
  { id: 'sec_floor', name: 'Floor', kind: 'standing', capacity: 300 },
];

const concert = (over: Partial<Event> = {}) =>
  anEvent({
    ticketTypes: [
      { id: 'tt_seat', name: 'Seat', price: eur(4500), sectionIds: ['sec_stalls'] },
      { id: 'tt_circle', name: 'Circle seat', price: eur(3000), sectionIds: ['sec_circle'] },
      { id: 'tt_floor', name: 'Floor', price: eur(2500), sectionIds: ['sec_floor'] },
    ],
    ...over,
  });

type Count = [free: number, held: number, total: number];

const counts = (stalls: Count = [15, 1, 18], circle: Count = [4, 0, 4], floor: Count = [300, 0, 300]): Availability => ({
  eventId: 'evt_1',
  asOf: '2031-05-01T12:00:00Z',
  sections: Object.entries({ sec_stalls: stalls, sec_circle: circle, sec_floor: floor }).map(
    ([sectionId, [free, held, total]]) => ({
      sectionId,
      free,
      held,
      sold: total - free - held,
      total,
    }),
  ),
});

const drawn = 'w..... ..hx.. ......';

/** Answers as the API does; a section's seats one drawing after the other, the last one for good. */
const answer = (event: Event, known: Availability | undefined, ...stalls: string[]) => {
  let asked = 0;
  server.use(
    http.get(api('/v1/events/evt_1'), () => HttpResponse.json(event)),
    http.get(api('/v1/events/evt_1/availability'), () => (known ? HttpResponse.json(known) : problem(404, 'notFound'))),
    http.get(api('/v1/locations/loc_1'), () =>
      HttpResponse.json(aLocation({ halls: [{ id: 'hal_1', name: 'Main hall', version: 1, sections: hall }] })),
    ),
    http.get(api('/v1/events/evt_1/seats'), ({ request }) => {
      if (new URL(request.url).searchParams.get('section') !== 'sec_stalls') return HttpResponse.json(mapFrom('....'));
      const drawing = stalls[Math.min(asked, stalls.length - 1)] ?? drawn;
      asked += 1;
      return HttpResponse.json(mapFrom(drawing));
    }),
  );
};

const nothing = (): unknown =>
  new Proxy(() => nothing(), { get: (_, key) => (key === Symbol.toPrimitive ? () => 0 : nothing()), set: () => true });

beforeEach(() => {
  answer(concert(), counts());
  HTMLCanvasElement.prototype.getContext = vi.fn(() => nothing()) as never; // what is painted is the browser tests' to see
});
afterEach(() => onlineManager.setOnline(true));

const tray = () => within(screen.getByRole('region', { name: 'Your choice' }));
const seat = (name: string | RegExp) => screen.findByRole('gridcell', { name });

test('the hall shows its sections: name, price, what is free', async () => {
  await open();
  expect(await screen.findByRole('button', { name: 'Stalls, €45.00, 15 free' })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Circle, €30.00, 4 free' })).toBeTruthy();
  expect(screen.getByRole('button', { name: 'Floor, €25.00, 300 free' })).toBeTruthy();
  expect(screen.getByText(/Jun 1, 2031.* · Coliseu · Lisboa/)).toBeTruthy();
  expect(screen.getByRole('link', { name: 'Night of fado' }).getAttribute('href')).toBe('/events/evt_1');
  expect(tray().getByText(/Nothing chosen yet\. Choose seats/)).toBeTruthy();
});

test('a section with few left, none, or not on sale says so, and cannot be opened in vain', async () => {
  answer(concert({ ticketTypes: concert().ticketTypes.slice(0, 2) }), counts([1, 0, 18], [0, 0, 4]));
  const { user, router } = await open();
  expect(await screen.findByRole('button', { name: 'Stalls, €45.00, Only 1 left' })).toBeTruthy();
  await user.click(screen.getByRole('button', { name: /^Circle.*Sold out$/ }));
  await user.click(screen.getByRole('button', { name: /^Floor.*Not on sale$/ }));
  expect(router.state.location.search).toEqual({});
});

test('as a list, which is remembered', async () => {
  const first = await open();
  await first.user.click(await screen.findByRole('button', { name: 'List' }));
  expect(
    within(screen.getByRole('list', { name: 'Sections of the hall' }))
      .getAllByRole('button')
      .map((b) => b.textContent),
  ).toEqual([
    expect.stringMatching(/^Stalls€45\.00.*15 free.*with wheelchair places/),
    expect.stringMatching(/^Circle€30\.00.*4 free/),
    expect.stringMatching(/^Floor€25\.00.*300 free/),
  ]);
  first.unmount();
  await open();
  expect((await screen.findByRole('button', { name: 'List' })).getAttribute('aria-pressed')).toBe('true');
});

test('opening a section is in the address, and leads back', async () => {
  const { user, router } = await open();
  await user.click(await screen.findByRole('button', { name: /^Stalls/ }));
  await waitFor(() => expect(router.state.location.search).toEqual({ section: 'sec_stalls' }));
  expect(await screen.findByRole('heading', { level: 2, name: 'Stalls' })).toBeTruthy();
  expect(await screen.findByRole('grid', { name: 'Seats of Stalls' })).toBeTruthy();
  await user.click(screen.getByRole('link', { name: 'All sections' }));
  expect(await screen.findByRole('button', { name: /^Circle/ })).toBeTruthy();
});

test('every seat says section, row, number, price and state', async () => {
  await open('?section=sec_stalls');
  expect(await seat('Stalls, row A, seat 1, wheelchair place, €45.00, free')).toBeTruthy();
  expect(await seat('Stalls, row B, seat 2, €45.00, free')).toBeTruthy();
  expect((await seat('Stalls, row B, seat 3, in somebody’s basket')).getAttribute('aria-disabled')).toBe('true');
  expect((await seat('Stalls, row B, seat 4, not available')).getAttribute('aria-disabled')).toBe('true');
});

test('arrows, Home and End move one focus; Space and Enter choose and give back', async () => {
  const { user } = await open('?section=sec_stalls');
  const grid = await screen.findByRole('grid');
  const stop = grid.querySelector<HTMLElement>('[tabindex="0"]');
  expect(grid.querySelectorAll('[tabindex="0"]')).toHaveLength(1);
  act(() => stop?.focus());
  const focus = () => document.activeElement?.textContent;
  await user.keyboard('{Control>}{Home}{/Control}');
  expect(focus()).toMatch(/row A, seat 1,/);
  await user.keyboard('{ArrowDown}{ArrowRight}{ArrowRight}');
  expect(focus()).toMatch(/row B, seat 3, in somebody’s basket/);
  await user.keyboard('{End}');
  expect(focus()).toMatch(/row B, seat 6,/);
  await user.keyboard('{Home}');
  expect(focus()).toMatch(/row B, seat 1,/);
  await user.keyboard(' ');
  expect(focus()).toMatch(/row B, seat 1, €45\.00, chosen$/);
  expect(document.activeElement?.getAttribute('aria-selected')).toBe('true');
  expect(grid.querySelectorAll('[tabindex="0"]')).toHaveLength(1);
  expect(tray().getByText('row B, seat 1')).toBeTruthy();
  expect(screen.getByText(/Chosen: row B, seat 1\. 1 place, €45\.00\./)).toBeTruthy();
  await user.keyboard('{Enter}');
  expect(focus()).toMatch(/row B, seat 1, €45\.00, free$/);
  expect(screen.getByText(/Removed: row B, seat 1\. Nothing is chosen\./)).toBeTruthy();
});

test('what somebody else has is not chosen, but said', async () => {
  const { user } = await open('?section=sec_stalls');
  await user.click(await seat(/row B, seat 4/));
  expect(tray().getByText(/Nothing chosen yet\. Choose/)).toBeTruthy();
  expect(screen.getByText('Stalls, row B, seat 4, not available', { selector: '[role=status]' })).toBeTruthy();
});

test('only wheelchair places, where they are asked for', async () => {
  const { user } = await open('?section=sec_stalls');
  await user.click(await screen.findByRole('button', { name: 'List' }));
  await user.click(screen.getByRole('checkbox', { name: 'Wheelchair places only' }));
  expect(screen.getAllByRole('button', { name: /^row [ABC]/ }).map((b) => b.textContent)).toEqual([
    expect.stringMatching(/row A.*1 free/),
  ]);
});

test('the best three side by side are found', async () => {
  const { user } = await open('?section=sec_stalls');
  await user.click(await screen.findByRole('button', { name: 'Together: more' }));
  await user.click(screen.getByRole('button', { name: 'Find 3 side by side' }));
  const numbers = tray()
    .getAllByText(/^row [ABC], seat \d$/)
    .map((e) => e.textContent);
  expect(numbers).toHaveLength(3);
  expect(new Set(numbers.map((n) => n?.split(',')[0])).size).toBe(1);
  expect(tray().getAllByText('€135.00').length).toBeGreaterThan(0);
});

test('where no three are side by side it says so, and offers them apart', async () => {
  answer(concert(), counts([4, 0, 18]), '.x.x.x xxxxxx xx.xxx');
  const { user } = await open('?section=sec_stalls');
  await user.click(await screen.findByRole('button', { name: 'Together: more' }));
  await user.click(screen.getByRole('button', { name: 'Find 3 side by side' }));
  expect(screen.getByText('There are no 3 seats side by side left here.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Take the best 3 apart' }));
  expect(tray().getAllByText(/^row [AC], seat \d$/)).toHaveLength(3);
});

test('from the overview, the best are looked for where they can be, and their section opens', async () => {
  const { user, router } = await open();
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Which ticket' }), 'Circle seat, €30.00');
  await user.click(screen.getByRole('button', { name: 'Find 2 side by side' }));
  await waitFor(() => expect(router.state.location.search).toEqual({ section: 'sec_circle' }));
  expect(tray().getAllByText(/^row A, seat \d$/)).toHaveLength(2);
});

test('nobody takes more than a person may', async () => {
  answer(concert({ perPerson: 2 }), counts());
  const { user } = await open('?section=sec_stalls');
  await user.click(await seat(/row A, seat 2,/));
  await user.click(await seat(/row A, seat 3,/));
  await user.click(await seat(/row A, seat 4,/));
  expect(tray().getAllByText(/^row A, seat \d$/)).toHaveLength(2);
  expect(screen.getByText('One person may have 2 places.', { selector: '[role=status]' })).toBeTruthy();
});

test('standing places are counted', async () => {
  const { user } = await open('?section=sec_floor');
  const more = await screen.findByRole('button', { name: 'Floor: more' });
  await user.click(more);
  await user.click(more);
  expect(tray().getByText('2 × Floor')).toBeTruthy();
  expect(tray().getAllByText('€50.00').length).toBeGreaterThan(0);
  await user.click(screen.getByRole('button', { name: 'Floor: fewer' }));
  expect(tray().getByText('1 × Floor')).toBeTruthy();
});

test('a seat that somebody else got first is said kindly, and the next best offered', async () => {
  answer(concert(), counts(), drawn, 'wx.... ..hx.. ......');
  const { user } = await open('?section=sec_stalls');
  await user.click(await seat(/row A, seat 2, €45\.00, free/));
  expect(await screen.findByText('Somebody was quicker: row A, seat 2 has just gone.', {}, { timeout: 10_000 })).toBeTruthy();
  expect(tray().queryByText('row A, seat 2')).toBeNull();
  expect(screen.getByText('The next best: row A, seat 3.')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Take it' }));
  expect(tray().getByText('row A, seat 3')).toBeTruthy();
  expect(screen.queryByText(/Somebody was quicker/)).toBeNull();
});

test('going on starts one purchase, which the way back finds again', async () => {
  const { user, router } = await open('?section=sec_stalls');
  await user.click(await seat(/row C, seat 1,/));
  await user.click(await seat(/row C, seat 2,/));
  await user.click(tray().getByRole('button', { name: 'Continue' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/events/evt_1/checkout'));
  const id = (router.state.location.search as { purchase?: string }).purchase;
  expect(JSON.parse(localStorage.getItem(`myevents.purchase.${id}`) ?? '{}')).toMatchObject({
    eventId: 'evt_1',
    together: false,
    items: [
      {
        ticketTypeId: 'tt_seat',
        seats: [
          { sectionId: 'sec_stalls', row: 'C', number: 1 },
          { sectionId: 'sec_stalls', row: 'C', number: 2 },
        ],
      },
    ],
  });
  act(() => router.history.back());
  expect(await screen.findByRole('grid')).toBeTruthy();
  expect(tray().getAllByText(/^row C, seat [12]$/)).toHaveLength(2);
});

test('whoever comes back because part of it had gone is told', async () => {
  await open('?section=sec_stalls&lost=true');
  expect(await screen.findByText(/Somebody was quicker, so part of your choice has gone/)).toBeTruthy();
});

test('without a network one cannot go on, and is told when', async () => {
  const { user } = await open('?section=sec_stalls');
  await user.click(await seat(/row C, seat 1,/));
  act(() => onlineManager.setOnline(false));
  await waitFor(() => expect(tray().getByRole('button', { name: 'Continue' })).toHaveProperty('disabled', true));
  expect(tray().getByText('You can go on as soon as there is a connection.')).toBeTruthy();
});

test.each<[string, Partial<Event>, Availability | undefined, string, string | RegExp]>([
  ['cancelled', { status: 'cancelled', availability: 'cancelled' }, undefined, 'This event was cancelled', /gets the money back/],
  ['over', { availability: 'ended' }, undefined, 'This event is over', 'There is more to see.'],
  [
    'later',
    { availability: 'notOnSale', onSaleFrom: '2031-05-20T08:00:00Z' },
    undefined,
    'Tickets are not on sale just now',
    /Sales open on Tue, May 20/,
  ],
  ['sold out', {}, counts([0, 0, 18], [0, 0, 4], [0, 0, 300]), 'Sold out', /Should one come back/],
  ['in baskets', {}, counts([0, 2, 18], [0, 0, 4], [0, 0, 300]), 'Everything is in baskets just now', /within minutes/],
])('nothing to choose: %s', async (_, over, known, title, text) => {
  answer(concert(over), known);
  await open();
  expect(await screen.findByRole('heading', { level: 2, name: title })).toBeTruthy();
  expect(screen.getByText(text)).toBeTruthy();
  expect(screen.getByRole('link', { name: 'See other events' }).getAttribute('href')).toBe('/');
});

test('seats that cannot be read are asked for again', async () => {
  let failed = false;
  server.use(
    http.get(api('/v1/events/evt_1/seats'), () => {
      if (failed) return HttpResponse.json(mapFrom(drawn));
      failed = true;
      return problem(503, 'unavailable');
    }),
  );
  const { user } = await open('?section=sec_stalls');
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('grid')).toBeTruthy();
});
