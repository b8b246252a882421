import type { Link } from '../src/api/gen/types.gen';
import { expect, test } from './fixtures';
import { kept } from './kept';

const unreachable = /ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|Failed to load resource/;

test('a booking that was opened shows its tickets without a network', async ({ page, context, api, signedIn, expectErrors }) => {
  expectErrors(unreachable);
  const event = await api.event();
  const booking = await api.book(event, { email: 'attendee@demo.example', quantity: 2, names: ['Ada', 'Rui'] });
  await signedIn(page, 'attendee');
  await page.goto(`/bookings/${booking.id}`);
  await expect(page.getByRole('img', { name: /QR code/ })).toHaveCount(2);
  await kept(page);

  await context.setOffline(true);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: event.name })).toBeVisible();
  await expect(page.getByRole('img', { name: /QR code/ })).toHaveCount(2);
  await expect(page.getByText(/^As of /)).toBeVisible();
  await expect(page.getByRole('button', { name: 'Change the name' }).first()).toBeDisabled();
  await page
    .getByRole('button', { name: /full screen/ })
    .first()
    .click();
  await expect(page.getByRole('dialog').getByText('Ada')).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('dialog').getByText('Rui')).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('link', { name: 'My bookings' }).first().click();
  await expect(page.getByRole('link', { name: event.name })).toBeVisible();

  await context.setOffline(false);
  await page.reload();
  await expect(page.getByRole('link', { name: event.name })).toBeVisible();
  await expect(page.getByText(/^As of /)).toHaveCount(0);
});

test('a shared ticket that was opened shows its code without a network', async ({ page, context, api, expectErrors }) => {
  expectErrors(unreachable);
  const event = await api.event();
  const email = 'buyer@example.org';
  const booking = await api.book(event, { email, names: ['Ada'] });
  const { url } = await api.call<Link>('POST', `/v1/bookings/${booking.id}/tickets/${booking.tickets[0]?.id}/share`, { email });
  await page.goto(new URL(url).pathname);
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
  await kept(page);

  await context.setOffline(true);
  await page.reload();
  await expect(page.getByText(event.name)).toBeVisible();
  await expect(page.getByRole('img', { name: /QR code/ })).toBeVisible();
  await expect(page.getByText(/^As of /)).toBeVisible();
});

test('a ticket that was never opened says what to do', async ({ page, context, expectErrors }) => {
  expectErrors(unreachable);
  await page.goto('/');
  await kept(page);
  await context.setOffline(true);
  await page.goto('/tickets/never-seen');
  await expect(page.getByRole('heading', { name: 'This ticket is not on your device yet' })).toBeVisible();
});

test('a language that was chosen is there without a network', async ({ page, context, expectErrors }) => {
  expectErrors(unreachable);
  await page.goto('/');
  await kept(page);
  await page.getByRole('combobox', { name: 'Language' }).selectOption('de');
  await page.evaluate(async () => {
    while ((await (await (await caches.open('choice')).match('/language'))?.text()) !== 'de')
      await new Promise(requestAnimationFrame);
  });
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await context.setOffline(true);
  await page.goto('/tickets/never-seen');
  await expect(page.getByRole('heading', { name: 'Dieses Ticket ist noch nicht auf deinem Gerät' })).toBeVisible();
});

test('the API and the issuer are never answered from memory', async ({ page, context, expectErrors }) => {
  expectErrors(unreachable);
  await page.goto('/');
  await kept(page);
  const paths = await page.evaluate(async () => {
    const found: string[] = [];
    for (const name of await caches.keys()) {
      for (const request of await (await caches.open(name)).keys()) found.push(new URL(request.url).pathname);
    }
    return found;
  });
  expect(paths).toContain('/');
  expect(paths.filter((p) => /^\/(v1|oauth|config\.json|\.well-known)/.test(p))).toEqual([]);
  await context.setOffline(true);
  expect(
    await page.evaluate(() =>
      fetch('/v1/events').then(
        () => 'answered',
        () => 'failed',
      ),
    ),
  ).toBe('failed');
});

test('the app can be installed', async ({ page, request }) => {
  await page.goto('/');
  const manifest = await (await request.get((await page.locator('link[rel=manifest]').getAttribute('href')) ?? '')).json();
  expect(manifest).toMatchObject({ name: 'MyEvents', start_url: '/', display: 'standalone' });
  for (const icon of [...manifest.icons, { src: '/icons/apple-touch-icon.png', type: 'image/png' }]) {
    const response = await request.get(icon.src);
    expect(response.status(), icon.src).toBe(200);
    expect(response.headers()['content-type'], icon.src).toBe(icon.type);
  }
  expect(manifest.icons.map((i: { sizes: string }) => i.sizes)).toEqual(expect.arrayContaining(['192x192', '512x512']));
  for (const { url } of manifest.shortcuts) expect(url).toMatch(/^\/(bookings|scan)$/);
  const session = await page.context().newCDPSession(page);
  const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
  // A private window, which a test's context is, may never install.
  expect(installabilityErrors.map((e) => e.errorId).filter((e) => e !== 'in-incognito')).toEqual([]);
});
