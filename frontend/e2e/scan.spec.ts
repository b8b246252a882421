import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import qrcode from 'qrcode-generator';
import type { Booking, CheckIn, Event, Ticket } from '../src/api/gen/types.gen';
import type { Api } from './api';
import { expect, test } from './fixtures';
import { kept } from './kept';

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const buyer = 'buyer@example.org';

const sold = async (api: Api, names: string[]): Promise<{ event: Event; booking: Booking; tickets: Ticket[] }> => {
  const event = await api.event({ startsAt: inAnHour() });
  const booking = await api.book(event, { email: buyer, quantity: names.length, names });
  return { event, booking, tickets: booking.tickets };
};

const openDoor = async (page: Page, event: Event) => {
  await page.goto('/scan');
  await page.getByRole('link', { name: event.name }).click();
  await expect(page.getByRole('heading', { level: 1, name: event.name })).toBeVisible();
  await expect(page.getByText(/^0 of /)).toBeVisible();
};

const type = async (page: Page, code: string | undefined) => {
  await page.getByRole('textbox', { name: 'Code on the ticket' }).fill(code ?? '');
  await page.keyboard.press('Enter');
};

const verdict = (page: Page, name: string) => page.getByRole('heading', { level: 2, name });
const accessible = async (page: Page) => expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

test('the door admits a ticket once, and refuses the second scan', async ({ page, api, signedIn }) => {
  const { event, booking, tickets } = await sold(api, ['Ada', 'Rui']);
  await signedIn(page, 'door');
  await openDoor(page, event);
  await accessible(page);

  await type(page, tickets[0]?.shortCode?.toLowerCase().replaceAll('-', ' '));
  await expect(verdict(page, 'Admitted')).toBeVisible();
  await expect(page.getByText('Ada', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('1 of 2')).toBeVisible();

  await type(page, tickets[0]?.code);
  await expect(verdict(page, 'Already in')).toBeVisible();
  await accessible(page);
  await page.keyboard.press('Space');

  // A hand scanner types wherever the focus is.
  await page.getByRole('button', { name: 'Last scans' }).focus();
  await page.keyboard.type(`${tickets[1]?.code?.slice(0, -4)}0000`);
  await page.keyboard.press('Enter');
  await expect(verdict(page, 'Refused')).toBeVisible();
  await accessible(page);
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: 'Last scans' }).click();
  const scans = page.getByRole('dialog', { name: 'Scans on this device' });
  await expect(scans.getByRole('listitem')).toHaveCount(3);
  await accessible(page);
  const now = await api.call<Booking>('GET', `/v1/bookings/${booking.id}`, { email: buyer });
  expect(now.tickets.map((t) => t.status)).toEqual(['checkedIn', 'valid']);
});

test('a door without a network goes on, syncs later, and lists what turned out differently', async ({
  page,
  context,
  api,
  signedIn,
  expectErrors,
}) => {
  expectErrors(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
  const { event, booking, tickets } = await sold(api, ['Ada', 'Rui', 'Eva']);
  await signedIn(page, 'door');
  await openDoor(page, event);
  await kept(page);

  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText(/^Offline, by the list of/)).toBeVisible();
  for (const ticket of [tickets[0], tickets[1]]) {
    await type(page, ticket?.code);
    await expect(verdict(page, 'Admitted')).toBeVisible();
    await expect(page.getByText('Offline: will be synced', { exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Next' }).click();
  }
  await type(page, tickets[0]?.shortCode);
  await expect(verdict(page, 'Already in')).toBeVisible();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('2 of 3')).toBeVisible();

  // Rui's ticket is used at another door meanwhile.
  const body = { eventId: event.id, code: tickets[1]?.code };
  const elsewhere = await api.call<CheckIn>('POST', '/v1/check-ins', { body, email: 'sam@example.org', role: 'staff' });
  expect(elsewhere.result).toBe('admitted');

  await context.setOffline(false);
  await page.getByRole('button', { name: 'Sign in and go on' }).click();
  await page.getByRole('button', { name: 'Last scans, one needs a second look' }).click();
  const scans = page.getByRole('dialog', { name: 'Scans on this device' });
  await expect(scans.getByText(/^Let in twice/)).toBeVisible();
  await expect(scans.getByText('Rui')).toBeVisible();
  await accessible(page);
  await scans.getByRole('button', { name: 'Done' }).click();
  await expect(scans.getByText(/^Let in twice/)).toHaveCount(0);
  await expect(page.getByText('To sync')).toHaveCount(0);
  const now = await api.call<Booking>('GET', `/v1/bookings/${booking.id}`, { email: buyer });
  expect(now.tickets.map((t) => t.status)).toEqual(['checkedIn', 'checkedIn', 'valid']);
});

test('whoever was let in by decision is in: the next with the same ticket is refused, before it is synced and after', async ({
  page,
  context,
  api,
  signedIn,
  expectErrors,
}) => {
  expectErrors(/ERR_INTERNET_DISCONNECTED|Failed to load resource/);
  const { event } = await sold(api, ['Ada']);
  await signedIn(page, 'door');
  await openDoor(page, event);
  await context.setOffline(true);
  await expect(page.getByText(/^Offline, by the list of/)).toBeVisible();
  const late = await api.book(event, { email: buyer, names: ['Rui'] }); // on no list of this device

  const code = late.tickets[0]?.code;
  await type(page, code);
  await expect(verdict(page, 'Please decide')).toBeVisible();
  await page.getByRole('button', { name: 'Let in', exact: true }).click();
  await expect(verdict(page, 'Admitted')).toBeVisible();
  await page.getByRole('button', { name: 'Next' }).click();

  await type(page, code);
  await expect(verdict(page, 'Already in')).toBeVisible();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('To sync')).toBeVisible();

  await context.setOffline(false);
  await expect(page.getByText('To sync')).toHaveCount(0);
  const now = await api.call<Booking>('GET', `/v1/bookings/${late.id}`, { email: buyer });
  expect(now.tickets.map((t) => t.status)).toEqual(['checkedIn']);
  await type(page, code);
  await expect(verdict(page, 'Already in')).toBeVisible();
});

/** A film of one picture, a code in the middle of grey, in the one format without compression that Chromium's camera plays. */
const film = (text: string): Uint8Array => {
  const [width, height, scale] = [640, 480, 7];
  const qr = qrcode(0, 'M');
  qr.addData(text, 'Alphanumeric');
  qr.make();
  const light = new Uint8Array(width * height).fill(150);
  const modules = qr.getModuleCount() + 8;
  const [left, top] = [(width - modules * scale) >> 1, (height - modules * scale) >> 1];
  for (let y = 0; y < modules * scale; y += 1) {
    for (let x = 0; x < modules * scale; x += 1) {
      const [row, column] = [Math.floor(y / scale) - 4, Math.floor(x / scale) - 4];
      const inside = row >= 0 && column >= 0 && row < modules - 8 && column < modules - 8;
      light[(top + y) * width + left + x] = inside && qr.isDark(row, column) ? 16 : 235;
    }
  }
  const frame = [new TextEncoder().encode('FRAME\n'), light, new Uint8Array((width * height) / 2).fill(128)];
  return Buffer.concat([
    new TextEncoder().encode(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420mpeg2\n`),
    ...frame,
    ...frame,
  ]);
};

test('a camera reads the code of a ticket, once', async ({ playwright, launchOptions, platform, api, signedIn }) => {
  const { event, tickets } = await sold(api, ['Ada', 'Rui']);
  const folder = mkdtempSync(join(tmpdir(), 'myevents-camera-'));
  const file = join(folder, 'code.y4m');
  writeFileSync(file, film(tickets[0]?.code ?? ''));
  const browser = await playwright.chromium.launch({
    ...launchOptions,
    args: [
      ...(launchOptions.args ?? []),
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-video-capture=${file}`,
    ],
  });
  try {
    const context = await browser.newContext({ baseURL: platform.url, locale: 'en-GB', permissions: ['camera'] });
    const page = await context.newPage();
    const refused: string[] = [];
    page.on('console', (m) => m.type() === 'error' && refused.push(m.text()));
    await signedIn(page, 'door');
    await openDoor(page, event);
    await expect(verdict(page, 'Admitted')).toBeVisible(); // started by itself: the permission is there
    await expect(page.getByText('Ada', { exact: true })).toBeVisible();
    // It stays in view, and is not taken for somebody who comes again.
    await expect(verdict(page, 'Admitted')).toBeHidden();
    await expect(page.getByText('Hold the code in the frame')).toBeVisible();
    await type(page, tickets[1]?.shortCode);
    await expect(verdict(page, 'Admitted')).toBeVisible();
    await expect(page.getByText('Rui', { exact: true })).toBeVisible();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Last scans' }).click();
    await expect(page.getByRole('dialog', { name: 'Scans on this device' }).getByRole('listitem')).toHaveCount(2);
    expect(refused).toEqual([]);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true });
  }
});
