import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Availability, Booking, Event, WantItem } from '../src/api/gen/types.gen';
import { expect, test } from './fixtures';
import { openCheckout, pay, tickets } from './purchases';

const buyer = 'attendee@demo.example';
const booked = /\/bookings\/bkg_\w+\?justBooked=true/;

const seatsOf = (event: Event, numbers: number[], row = 'B'): WantItem[] => {
  const type = event.ticketTypes.find((t) => t.name === 'Seat');
  const sectionId = type?.sectionIds[0];
  if (!type || !sectionId) throw new Error('the event has no seats');
  return [{ ticketTypeId: type.id, seats: numbers.map((number) => ({ sectionId, row, number })) }];
};
const three = (event: Event): WantItem[] => [{ ticketTypeId: event.ticketTypes[0]?.id ?? '', quantity: 3 }];
const namesOf = (booking: Booking | undefined) => booking?.tickets.map((t) => t.attendee.name);

/** The keys and bodies of what a page sent to be booked. */
const sentBy = (page: Page): string[] => {
  const sent: string[] = [];
  page.on('request', (r) => {
    if (r.method() === 'POST' && r.url().endsWith('/v1/bookings')) {
      sent.push(`${r.headers()['idempotency-key']} ${r.postData()}`);
    }
  });
  return sent;
};

test('somebody books for three, by name', async ({ page, api, signedIn }) => {
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, three(event));
  await expect(page.getByText('€135.00').first()).toBeVisible();
  await tickets(page, 1).getByLabel('Name').fill('Ada Lovelace');
  await tickets(page, 2).getByLabel('Name').fill('Rui Costa');
  await tickets(page, 2)
    .getByLabel(/E-mail/)
    .fill('rui@example.org');
  await tickets(page, 3)
    .getByRole('button', { name: /That’s me/ })
    .click();
  await pay(page, '€135.00').click();
  await page.waitForURL(booked);
  const [booking, ...more] = await api.bookingsOf(buyer, event.id);
  expect(more).toEqual([]);
  expect(booking?.status).toBe('confirmed');
  expect(namesOf(booking)?.slice(0, 2)).toEqual(['Ada Lovelace', 'Rui Costa']);
  expect(booking?.tickets[1]?.attendee.email).toBe('rui@example.org');
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toContain('Rui Costa');
});

test('a name behind one that comes later is on its own ticket', async ({ page, api, signedIn }) => {
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, seatsOf(event, [4, 5, 6]));
  await tickets(page, 2).getByLabel('Name').fill('');
  await tickets(page, 3).getByLabel('Name').fill('Rui Costa');
  await pay(page, '€135.00').click();
  await page.waitForURL(booked);
  const [booking] = await api.bookingsOf(buyer, event.id);
  const rui = booking?.tickets.find((t) => t.attendee.name === 'Rui Costa');
  expect(rui?.seat.number).toBe(6);
  expect(booking?.tickets.find((t) => t.seat.number === 5)?.attendee).toEqual({});
});

test('all by keyboard', async ({ page, api, signedIn }) => {
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, three(event));
  await tickets(page, 2).getByLabel('Name').focus();
  await page.keyboard.type('Rui Costa');
  await page.keyboard.press('Enter'); // does not pay by mistake
  await expect(pay(page, '€135.00')).toBeVisible();
  for (let i = 0; i < 12 && !(await pay(page, '€135.00').evaluate((b) => b === document.activeElement)); i++) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.waitForURL(booked);
});

test('a free event is booked without a payment', async ({ page, api, signedIn }) => {
  const place = await api.location();
  const section = place.halls[0]?.sections.find((s) => s.kind === 'standing')?.id ?? '';
  const event = await api.event(
    { ticketTypes: [{ name: 'Entry', price: { amount: 0, currency: 'EUR' }, sectionIds: [section] }] },
    place,
  );
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, three(event));
  await expect(page.getByRole('group', { name: 'Payment' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Book', exact: true }).click();
  await page.waitForURL(booked);
});

test('a declined payment leaves the places, and another one pays', async ({ page, api, signedIn, expectErrors }) => {
  expectErrors(/402/);
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, three(event));
  await tickets(page, 2).getByLabel('Name').fill('Rui Costa');
  await page.getByRole('radio', { name: /declined/ }).check();
  await pay(page, '€135.00').click();
  await expect(page.getByText('The payment was declined.')).toBeVisible();
  await expect(tickets(page, 2).getByLabel('Name')).toHaveValue('Rui Costa');
  await page.getByRole('radio', { name: /Slow bank/ }).check();
  await pay(page, '€135.00').click();
  await page.waitForURL(booked);
  expect(await api.bookingsOf(buyer, event.id)).toHaveLength(1);
});

test('a payment that the bank takes back is tried anew', async ({ page, api, signedIn, expectErrors }) => {
  expectErrors(/402/, /404/);
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, seatsOf(event, [1, 2]));
  await page.getByRole('radio', { name: /changes its mind/ }).check();
  await pay(page, '€90.00').click();
  await expect(page.getByRole('heading', { name: 'The bank took the payment back' })).toBeVisible();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('radio', { name: /Card that works/ }).check();
  await pay(page, '€90.00').click();
  await page.waitForURL(booked);
  const statuses = (await api.bookingsOf(buyer, event.id)).map((b) => b.status);
  expect(statuses.filter((s) => s === 'confirmed')).toHaveLength(1);
});

test('a bank whose replies are lost charges once', async ({ page, api, signedIn }) => {
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, three(event));
  await page.getByRole('radio', { name: /reply is lost/ }).check();
  await pay(page, '€135.00').click();
  await page.waitForURL(booked);
  expect(await api.bookingsOf(buyer, event.id)).toHaveLength(1);
});

test('a reply that never arrives is asked for again, with the same key and body', async ({
  page,
  api,
  signedIn,
  expectErrors,
}) => {
  expectErrors(/ERR_FAILED/);
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, three(event));
  const sent = sentBy(page);
  let lose = 2;
  await page.route('**/v1/bookings', async (route) => {
    if (route.request().method() !== 'POST' || lose-- <= 0) return route.continue();
    await route.fetch(); // the server books
    await route.abort('failed');
  });
  await pay(page, '€135.00').click();
  await expect(page.getByText(/you will not be charged twice/)).toBeVisible();
  await page.waitForURL(booked);
  expect(sent).toHaveLength(3);
  expect(new Set(sent).size).toBe(1);
  expect(await api.bookingsOf(buyer, event.id)).toHaveLength(1);
});

test('without a network the payment waits, and goes on by itself', async ({ page, context, api, signedIn, expectErrors }) => {
  expectErrors(/ERR_INTERNET_DISCONNECTED/);
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, three(event));
  await context.setOffline(true);
  await pay(page, '€135.00').click();
  await expect(page.getByText(/as soon as it is back: you will not be charged twice/)).toBeVisible();
  await context.setOffline(false);
  await page.waitForURL(booked);
  expect(await api.bookingsOf(buyer, event.id)).toHaveLength(1);
});

test('a reload in the middle of paying goes on by itself', async ({ page, api, signedIn }) => {
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, three(event));
  const sent = sentBy(page);
  const asked: string[] = [];
  page.on('dialog', (d) => {
    asked.push(d.type());
    void d.accept();
  });
  await page.getByRole('radio', { name: /Slow bank/ }).check();
  await Promise.all([page.waitForRequest('**/v1/bookings'), pay(page, '€135.00').click()]);
  await expect(page.getByRole('heading', { name: 'Booking your places…' })).toBeVisible();
  await page.reload();
  await page.waitForURL(booked);
  expect(asked).toEqual(['beforeunload']);
  expect(new Set(sent).size).toBe(1);
  expect(await api.bookingsOf(buyer, event.id)).toHaveLength(1);
});

test('two tabs book once', async ({ page, context, api, signedIn }) => {
  const event = await api.event();
  await signedIn(page, 'attendee');
  const href = await openCheckout(page, event.id, three(event));
  const other = await context.newPage();
  await other.goto(href);
  await expect(pay(other, '€135.00')).toBeVisible();
  await tickets(other, 2).getByLabel('Name').fill('Rui Costa');
  await page.getByRole('radio', { name: /Slow bank/ }).check();
  const late = () => undefined; // a tab that learnt of the other's payment first has nothing to press any more
  await Promise.all([pay(page, '€135.00').click(), pay(other, '€135.00').click({ timeout: 5_000 }).catch(late)]);
  await Promise.all([page.waitForURL(booked), other.waitForURL(booked)]);
  expect(await api.bookingsOf(buyer, event.id)).toHaveLength(1);
});

test('a session that ends in the middle of paying is renewed by the person, and nothing is lost', async ({
  page,
  api,
  signedIn,
  expectErrors,
}) => {
  expectErrors(/401/, /400/);
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, three(event));
  await tickets(page, 2).getByLabel('Name').fill('Rui Costa');
  await page.route('**/v1/bookings', (route) => route.fulfill({ status: 401, json: { code: 'unauthenticated', status: 401 } }));
  await page.route('**/oauth/token', (route) => route.fulfill({ status: 400, json: { error: 'invalid_grant' } }));
  await pay(page, '€135.00').click();
  await expect(page.getByRole('dialog', { name: 'Your session has ended' })).toBeVisible();
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Sign in and go on' }).click();
  await page.waitForURL(booked);
  const [booking, ...more] = await api.bookingsOf(buyer, event.id);
  expect(more).toEqual([]);
  expect(namesOf(booking)?.[1]).toBe('Rui Costa');
});

test('a session that ends while names are typed comes back to them', async ({ page, api, signedIn, expectErrors }) => {
  expectErrors(/401/, /400/);
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, three(event));
  await tickets(page, 3).getByLabel('Name').fill('Rui Costa');
  await page.route('**/extend', (route) => route.fulfill({ status: 401, json: { code: 'unauthenticated', status: 401 } }));
  await page.route('**/oauth/token', (route) => route.fulfill({ status: 400, json: { error: 'invalid_grant' } }));
  await page.getByRole('button', { name: 'Need more time?' }).click();
  await expect(page.getByRole('dialog', { name: 'Your session has ended' })).toBeVisible();
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Sign in and go on' }).click();
  await expect(tickets(page, 3).getByLabel('Name')).toHaveValue('Rui Costa');
  await page.getByRole('button', { name: 'Need more time?' }).click();
  await expect(page.getByText('You have extra time.')).toBeVisible();
});

test('a seat that somebody else took leads to the next best', async ({ page, api, signedIn, expectErrors }) => {
  expectErrors(/409/);
  const event = await api.event();
  await api.book(event, { email: 'quicker@example.org', seats: [['B', 2]] });
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, seatsOf(event, [1, 2, 3]), { wait: false });
  await expect(page.getByRole('heading', { name: 'Somebody was quicker' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Choose other places' })).toHaveAttribute('href', `/events/${event.id}/seats`);
  await page.getByRole('button', { name: 'Take the best 3 together instead' }).click();
  await pay(page, '€135.00').click();
  await page.waitForURL(booked);
  const [booking] = await api.bookingsOf(buyer, event.id);
  expect(new Set(booking?.tickets.map((t) => t.seat.row)).size).toBe(1);
});

test('whoever leaves gives the places back', async ({ page, api, signedIn }) => {
  const event = await api.event();
  const held = async () => {
    const { sections } = await api.call<Availability>('GET', `/v1/events/${event.id}/availability`);
    return sections.reduce((sum, s) => sum + s.held, 0);
  };
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, three(event));
  await expect.poll(held).toBe(3);
  await page.getByRole('link', { name: 'Back to the event' }).click();
  await expect.poll(held).toBe(0);
  await page.goBack();
  await expect(pay(page, '€135.00')).toBeVisible();
  await page.getByRole('button', { name: 'Give the places back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Give the places back' }).click();
  await expect(page.getByRole('heading', { name: 'Your places were given back' })).toBeVisible();
  await expect.poll(held).toBe(0);
});

for (const [language, scheme] of [
  ['en', 'light'],
  ['en', 'dark'],
  ['ar', 'light'],
] as const) {
  test(`anybody can use it: ${language}, ${scheme}, at 320 px`, async ({ page, api, signedIn, expectErrors }) => {
    expectErrors(/ERR_FAILED/);
    const event = await api.event();
    await page.setViewportSize({ width: 320, height: 640 });
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await signedIn(page, 'attendee');
    await page.addInitScript((l) => localStorage.setItem('myevents.language', JSON.stringify(l)), language);
    await openCheckout(page, event.id, seatsOf(event, [3, 4, 5]));
    const accessible = async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join('; ')}`)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
    };
    await accessible();
    await tickets(page, 2).locator('input[type="email"]').fill('rui');
    await page.route('**/v1/bookings', (route) => route.abort('failed'));
    await page.locator('button[type="submit"]').click();
    await expect(page.locator('[aria-invalid="true"]').first()).toBeFocused();
    await accessible();
    await tickets(page, 2).locator('input[type="email"]').fill('');
    await page.locator('button[type="submit"]').click();
    await expect(page.locator('form')).toHaveCount(0);
    await accessible();
    await page.unrouteAll();
    await page.waitForURL(booked);
  });
}
