import type { Browser, Page } from '@playwright/test';
import type { Booking, Event } from '../src/api/gen/types.gen';
import type { Api } from './api';
import { expect, signInByPage, test } from './fixtures';
import { pay, tickets } from './purchases';

// The whole way of a group: from a search to seats on the map, to tickets, to one that is given back; and two who want the same seat.

const buyer = 'attendee@demo.example';

/** Moves the mouse over the map until the seat under it is a free one that nobody chose, and clicks. Returns its name. */
const clickFreeSeat = async (page: Page): Promise<string> => {
  const map = page.locator('canvas').last();
  await map.scrollIntoViewIfNeeded();
  const box = await map.boundingBox();
  if (!box) throw new Error('the map is not in view');
  const label = page.locator('[dir=auto][aria-hidden=true] > span');
  for (let y = box.y + box.height * 0.4; y < box.y + box.height - 10; y += 12) {
    for (let x = box.x + box.width / 2 - 60; x < box.x + box.width / 2 + 120; x += 9) {
      await page.mouse.move(x, y);
      const name = (await label.count()) > 0 ? await label.first().textContent() : '';
      if (!name?.endsWith('free')) continue;
      await page.mouse.click(x, y);
      return name;
    }
  }
  throw new Error('no free seat under the mouse');
};

const toSeats = async (page: Page, event: Event, section = 'Stalls') => {
  await page.goto(`/events/${event.id}`);
  await page.getByRole('link', { name: 'Choose seats on the map' }).click();
  await page.getByRole('button', { name: new RegExp(`^${section}, `) }).click();
  await expect(page.getByRole('grid', { name: `Seats of ${section}` })).toBeAttached();
};

const bookedPage = /\/bookings\/bkg_\w+\?justBooked=true/;

const placesOf = (booking: Booking | undefined) => booking?.tickets.map(({ seat }) => `${seat.row}${seat.number}`) ?? [];

test('discover, seats on the map, tickets for peers, a new name, one given back', async ({ page, api, signedIn }) => {
  const event = await api.event({ name: `Sarabande ${crypto.randomUUID().slice(0, 8)}` });
  await signedIn(page, 'attendee');
  await page.goto('/');
  await page.getByRole('searchbox').fill(event.name);
  await expect(page.getByText('1 event', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: event.name }).click();
  await page.getByRole('link', { name: 'Choose seats on the map' }).click();
  await page.getByRole('button', { name: /^Stalls, €45\.00, 30 free$/ }).click();
  await expect(page.getByRole('grid')).toBeAttached();
  const choice = page.getByRole('region', { name: 'Your choice' });
  for (const many of [1, 2, 3]) {
    await clickFreeSeat(page);
    await expect(choice.getByRole('button', { name: /^Remove Stalls, row/ })).toHaveCount(many);
  }
  await expect(choice.getByText('€135.00').first()).toBeVisible();
  await choice.getByRole('button', { name: 'Continue' }).click();

  await tickets(page, 2).getByLabel('Name').fill('Rui Costa');
  await tickets(page, 3).getByLabel('Name').fill('Lin Mei');
  await pay(page, '€135.00').click();
  await page.waitForURL(bookedPage);
  await expect(page.getByRole('heading', { name: 'You’re going!' })).toBeVisible();
  await expect(page.getByRole('article')).toHaveCount(3);

  const card = page.getByRole('article').nth(1);
  await card.getByRole('button', { name: 'Change the name' }).click();
  await card.getByLabel('Name', { exact: true }).fill('Iris Okafor');
  await card.getByRole('button', { name: 'Save' }).click();
  await expect(card.getByText('Iris Okafor')).toBeVisible();

  await page.getByRole('article').nth(2).getByRole('button', { name: 'Cancel' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel tickets' });
  await expect(dialog.getByText('You get back €45.00.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel one ticket' }).click();
  await expect(page.getByText('€45.00 refunded')).toBeVisible();

  const [booking] = await api.bookingsOf(buyer, event.id);
  expect(booking?.tickets.map((t) => [t.attendee.name, t.status])).toEqual([
    [expect.any(String), 'valid'],
    ['Iris Okafor', 'valid'],
    ['Lin Mei', 'cancelled'],
  ]);
});

const arrive = async (browser: Browser, role: 'attendee' | 'door') => {
  const page = await (await browser.newContext()).newPage();
  await signInByPage(page, role);
  return page;
};

/** Chooses row A, seat 5 and 6 by what they are called. */
const chooseSame = async (page: Page) => {
  // As a screen reader presses it: the grid is not there for the eye.
  for (const number of [5, 6])
    await page.getByRole('gridcell', { name: `row A, seat ${number}, €45.00, free` }).dispatchEvent('click');
  await expect(page.getByRole('button', { name: /^Remove Stalls, row A/ })).toHaveCount(2);
};

const soldTwice = async (api: Api, event: Event) => {
  const all = [...(await api.bookingsOf(buyer, event.id)), ...(await api.bookingsOf('door@demo.example', event.id))];
  const places = all.flatMap(placesOf);
  return { places, twice: places.length - new Set(places).size };
};

test('two want the same seats: one gets them, the other is told kindly and takes the next best', async ({
  browser,
  api,
  expectErrors,
}) => {
  expectErrors(/409/);
  const event = await api.event();
  const pages = [await arrive(browser, 'attendee'), await arrive(browser, 'door')] as const;
  for (const page of pages) {
    await toSeats(page, event);
    await chooseSame(page);
  }
  const form = (page: Page) => page.locator('form button[type="submit"]');
  const told = (page: Page) => page.getByRole('heading', { name: 'Somebody was quicker' });
  const outcome = async (page: Page) => {
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect(page.getByText(/^Kept for you for/).or(told(page))).toBeVisible(); // the form is there before the answer is
    return (await told(page).isVisible()) ? 'told' : 'held';
  };
  const outcomes = await Promise.all(pages.map(outcome));
  expect([...outcomes].sort()).toEqual(['held', 'told']);

  const [first, second] = outcomes[0] === 'held' ? pages : [pages[1], pages[0]];
  await form(first).click();
  await first.waitForURL(bookedPage);
  await second.getByRole('button', { name: 'Take the best 2 together instead' }).click();
  await form(second).click();
  await second.waitForURL(bookedPage);

  const { places, twice } = await soldTwice(api, event);
  expect(places).toHaveLength(4);
  expect(twice).toBe(0);
  expect(places).toContain('A5');
});

test('a seat that goes while one still chooses is said at once, and the next best is one press away', async ({
  page,
  api,
  signedIn,
}) => {
  const event = await api.event();
  await signedIn(page, 'attendee');
  await toSeats(page, event);
  await page.getByRole('gridcell', { name: 'row B, seat 5, €45.00, free' }).dispatchEvent('click');
  await api.book(event, { email: 'quicker@example.org', seats: [['B', 5]] });
  await expect(page.getByText('Somebody was quicker: row B, seat 5 has just gone.')).toBeVisible();
  await page.getByRole('button', { name: 'Take it' }).click();
  await expect(page.getByRole('button', { name: /^Remove Stalls, row B, seat [46]$/ })).toBeVisible();
});

test('by keyboard alone: the grid says each seat, arrows move, Space chooses, and one goes on', async ({
  page,
  api,
  signedIn,
}) => {
  const event = await api.event();
  await signedIn(page, 'attendee');
  await page.goto(`/events/${event.id}/seats`);
  const focus = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  const tabTo = async (text: RegExp) => {
    for (let i = 0; i < 60 && !text.test(await focus()); i++) await page.keyboard.press('Tab');
    expect(await focus()).toMatch(text);
  };
  await expect(page.getByRole('button', { name: /^Stalls, €45\.00, 30 free/ })).toBeVisible();
  await tabTo(/^Stalls, €45\.00, 30 free/);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('grid')).toBeAttached();
  await tabTo(/^Stalls, row [ABC], seat \d+,/);
  await page.keyboard.press('Control+Home');
  await expect.poll(focus).toBe('Stalls, row A, seat 1, wheelchair place, €45.00, free');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await expect.poll(focus).toBe('Stalls, row B, seat 10, €45.00, free');
  await page.keyboard.press('Space');
  await expect.poll(focus).toBe('Stalls, row B, seat 10, €45.00, chosen');
  await tabTo(/^Continue$/);
  await page.keyboard.press('Enter');
  await expect(pay(page, '€45.00')).toBeVisible();
});

test('in words: a list of sections, rows and seats', async ({ page, api, signedIn }) => {
  const event = await api.event();
  await signedIn(page, 'attendee');
  await page.goto(`/events/${event.id}/seats`);
  await page.getByRole('button', { name: 'List', exact: true }).click();
  await page.getByRole('button', { name: /^Stalls.*30 free/ }).click();
  const row = page.getByRole('button', { name: /^row C.*10 free/i });
  if ((await row.getAttribute('aria-expanded')) === 'false') await row.click();
  await page.getByRole('button', { name: 'Stalls, row C, seat 2, €45.00, free' }).click();
  await page.getByRole('link', { name: 'All sections' }).click();
  await page.getByRole('button', { name: /^Floor.*50 free/ }).click();
  await page.getByRole('button', { name: 'Floor: more' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(pay(page, '€70.00')).toBeVisible();
});

test('sold out says so, and leads on', async ({ page, api }) => {
  const place = await api.location({
    halls: [{ name: 'Closet', sections: [{ name: 'Stalls', kind: 'seated', rows: [{ label: 'A', seats: 2 }] }] }],
  });
  const event = await api.event({}, place);
  await page.goto(`/events/${event.id}/seats`);
  await expect(page.getByRole('grid')).toBeAttached(); // the only section is open
  await api.book(event, { quantity: 2 });
  await expect(page.getByRole('heading', { name: 'Sold out' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'See other events' })).toBeVisible();
  await page.goto(`/events/${event.id}`);
  await expect(page.getByText('Sold out', { exact: true })).toBeVisible();
  await expect(page.getByRole('button', { name: 'One more: Seat' })).toBeDisabled();
});
