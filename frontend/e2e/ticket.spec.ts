import { AxeBuilder } from '@axe-core/playwright';
import type { CheckIn } from '../src/api/gen/types.gen';
import { expect, test } from './fixtures';

const email = 'attendee@demo.example';

test('a link opens one ticket in another browser, where its peer names themselves', async ({ page, browser, api, signedIn }) => {
  const event = await api.event({ startsAt: new Date(Date.now() + 60 * 60_000).toISOString() });
  const booking = await api.book(event, { email, quantity: 2, names: ['Ada'] });
  await signedIn(page, 'attendee');
  await page.goto(`/bookings/${booking.id}`);
  await page.getByRole('article').nth(1).getByRole('button', { name: 'Share' }).click();
  await page.getByRole('button', { name: 'Make a link' }).click();
  const link = await page.getByLabel('Link to the ticket').inputValue();

  const peer = await (await browser.newContext()).newPage();
  const { pathname } = new URL(link);
  await peer.goto(pathname);
  await expect(peer.getByText(event.name)).toBeVisible();
  await expect(peer.getByRole('article')).toHaveCount(1);
  await expect(peer.getByText('Ada', { exact: true })).toHaveCount(0);
  expect(await peer.title()).toBe('Your ticket · MyEvents');
  await expect(peer.locator('meta[name=robots]')).toHaveAttribute('content', /noindex/);

  await peer.getByRole('button', { name: 'Put your name on it' }).click();
  await peer.getByLabel('Name', { exact: true }).fill('Noor');
  await peer.getByRole('button', { name: 'Save' }).click();
  await expect(peer.getByText('Noor', { exact: true })).toBeVisible();
  const [after] = await api.bookingsOf(email, event.id);
  const checkIn = (code: string | undefined) => api.organise<CheckIn>('POST', '/v1/check-ins', { eventId: event.id, code });
  expect(await checkIn(booking.tickets[1]?.code)).toMatchObject({ result: 'refused', reason: 'renewed' });
  expect(await checkIn(after?.tickets[1]?.code)).toMatchObject({ result: 'admitted' });
  const [file] = await Promise.all([
    peer.waitForEvent('download'),
    peer.goto(`/v1${pathname}/calendar.ics`).catch(() => undefined),
  ]);
  expect(file.suggestedFilename()).toMatch(/\.ics$/);
});

test('a newer link, and another name, end the older link kindly', async ({ page, browser, api, signedIn, expectErrors }) => {
  expectErrors(/404/);
  const event = await api.event();
  const booking = await api.book(event, { email, names: ['Ada'] });
  await signedIn(page, 'attendee');
  await page.goto(`/bookings/${booking.id}`);
  await page.getByRole('button', { name: 'Share' }).click();
  await page.getByRole('button', { name: 'Make a link' }).click();
  const first = await page.getByLabel('Link to the ticket').inputValue();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Share' }).click();
  await expect(page.getByText('There is a link already. A new one stops it working.')).toBeVisible();
  await page.getByRole('button', { name: 'Make a new link' }).click();
  const second = await page.getByLabel('Link to the ticket').inputValue();
  await page.keyboard.press('Escape');

  const peer = await (await browser.newContext()).newPage();
  await peer.goto(new URL(first).pathname);
  await expect(peer.getByRole('heading', { name: 'This link no longer opens a ticket' })).toBeVisible();
  await peer.goto(new URL(second).pathname);
  await expect(peer.getByText('Ada')).toBeVisible();

  await page.getByRole('button', { name: 'Change the name' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Iris');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Iris', { exact: true })).toBeVisible();
  await peer.reload();
  await expect(peer.getByRole('heading', { name: 'This link no longer opens a ticket' })).toBeVisible();
});

for (const [look, colorScheme, language] of [
  ['light', 'light', 'en'],
  ['dark', 'dark', 'en'],
  ['from right to left', 'light', 'ar'],
] as const) {
  test(`nothing keeps anybody out: ${look}`, async ({ page, api }) => {
    const booking = await api.book(await api.event(), { names: ['Ada'] });
    const ticket = booking.tickets[0]?.id;
    const { token } = await api.call<{ token: string }>('POST', `/v1/bookings/${booking.id}/tickets/${ticket}/share`, {
      email: 'buyer@example.org',
    });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.addInitScript((l) => localStorage.setItem('myevents.language', JSON.stringify(l)), language);
    await page.goto(`/tickets/${token}`);
    await expect(page.getByRole('article')).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes[0]?.html}`)).toEqual([]);
  });
}
