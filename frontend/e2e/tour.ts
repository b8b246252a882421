import { expect, type Page } from '@playwright/test';
import type { Event, Link, NewEvent } from '../src/api/gen/types.gen';
import type { Api } from './api';
import type { DemoRole } from './fixtures';
import { openCheckout } from './purchases';
import { type Route, routes, type Stage } from './routes';

/** A page to look at, in one of its states. */
export interface Visit {
  /** Fit for a file's name. */
  name: string;
  as?: DemoRole;
  /** Errors of the console that belong to it. */
  errors?: RegExp;
  open(page: Page, stage: Stage): Promise<unknown>;
  /** Gives back what it took, of which one person may have only so much. */
  close?(page: Page): Promise<unknown>;
}

const shown = 'demo-lanterns-over-the-danube';
const open = 'demo-the-theatre-that-never-closes-'; // and when it begins
const guest = 'attendee@demo.example';

/** Makes what the pages show, around an event of the demo's that has seats and standing places. */
export const setStage = async (api: Api): Promise<Stage> => {
  await api.platform.filled();
  const { items } = await api.call<{ items: Event[] }>('GET', '/v1/events?limit=100');
  const found = items.find((e) => e.externalId === shown);
  const evening = items.find((e) => e.externalId?.startsWith(open));
  if (!found || !evening) throw new Error(`the demo has no event ${found ? open : shown}`);
  const event = await api.call<Event>('GET', `/v1/events/${found.id}`);
  const type = event.ticketTypes[0]?.name ?? '';
  const draft = await api.organise<Event>('POST', '/v1/events', {
    name: 'An Evening of Small Wonders',
    description: 'Card tricks, shadow plays and a violin, at four tables.',
    category: 'theatre',
    locationId: event.locationId,
    hallId: event.hallId,
    startsAt: new Date(Date.parse(event.startsAt) + 200 * 24 * 3_600_000).toISOString(), // when the hall is free
    ticketTypes: event.ticketTypes.map(({ name, price, sectionIds }) => ({ name, price, sectionIds })),
  } satisfies NewEvent);
  const booking = await api.book(event, { email: guest, type, quantity: 3, names: ['Ada Lovelace', 'Rui Costa', 'Lin Mei'] });
  await api.book(event, { email: 'buyer@example.org', type, quantity: 2, names: ['Grace Hopper'] });
  const { url } = await api.call<Link>('POST', `/v1/bookings/${booking.id}/tickets/${booking.tickets[1]?.id}/share`, {
    email: guest,
  });
  return {
    event: event.id,
    evening: evening.id,
    draft: draft.id,
    location: event.locationId,
    hall: event.hallId,
    booking: booking.id,
    ticket: new URL(url).pathname.split('/').pop() ?? '',
  };
};

const choiceOf = async (page: Page, stage: Stage) => {
  const response = await page.request.get(`/v1/events/${stage.event}`);
  const { ticketTypes } = (await response.json()) as Event;
  const [type] = ticketTypes;
  if (!type) throw new Error('the event has no ticket types');
  return type;
};

const nameOf = ({ path }: Route): string => path.slice(1).replaceAll('/', '-').replaceAll('$', '') || 'home';

/** Every page, and those states that are a page's other half. */
export const visits: Visit[] = [
  ...routes
    .filter(({ path }) => path !== '/events/$eventId/checkout')
    .map((r) => ({ name: nameOf(r), ...(r.as && { as: r.as }), open: (page: Page, stage: Stage) => page.goto(r.at(stage)) })),
  {
    name: 'seats-section',
    open: async (page, stage) => page.goto(`/events/${stage.event}/seats?section=${(await choiceOf(page, stage)).sectionIds[0]}`),
  },
  {
    name: 'checkout',
    as: 'attendee',
    open: async (page, stage) =>
      openCheckout(page, stage.event, [{ ticketTypeId: (await choiceOf(page, stage)).id, quantity: 3 }]),
    close: async (page) => {
      const giveBack = { name: 'Give the places back' };
      await page.getByRole('button', giveBack).click();
      await page.getByRole('dialog').getByRole('button', giveBack).click();
      await expect(page.getByRole('heading', { name: 'Your places were given back' })).toBeVisible();
    },
  },
  { name: 'checkout-of-nothing', as: 'attendee', open: (page, stage) => page.goto(`/events/${stage.event}/checkout`) },
  { name: 'home-nothing-found', open: (page) => page.goto('/?q=zyxwv') },
  { name: 'event-unknown', errors: /404/, open: (page) => page.goto('/events/evt_00000000000000000000000000') },
  { name: 'not-for-this-account', as: 'attendee', open: (page) => page.goto('/organise') },
  { name: 'unknown-address', open: (page) => page.goto('/nowhere') },
];

/** Waits until a page shows what it came to show: its heading is there, nothing is loading. */
export const settled = async (page: Page): Promise<void> => {
  await expect(page.locator('#main :is(h1, h2)').first()).toBeVisible();
  await expect(page.locator('#main :is(.mantine-Skeleton-root, .mantine-Loader-root)')).toHaveCount(0);
  await page.waitForFunction(() => [...document.images].every((i) => i.complete || i.loading === 'lazy'));
};

/** What is cut off at the side, or makes the page scroll sideways. */
export const sidewaysScroll = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
