import { expect, signInByPage, test } from './fixtures';

test('a visitor signs in with a demo account and out again', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('button[value="attendee@demo.example"]').click();
  await page.waitForURL('**/');
  await expect(page.getByRole('link', { name: 'My bookings' })).toBeVisible();
  await page.getByRole('link', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.goto('/bookings');
  await expect(page.locator('button[value="attendee@demo.example"]')).toBeVisible();
});

test('a page that was loaded anew is signed in without a question', async ({ page }) => {
  await signInByPage(page, 'organiser');
  await page.goto('/organise/locations');
  await expect(page.getByRole('heading', { name: 'Locations' })).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain('eyJ');
});

test('an attendee is told that a page is not theirs', async ({ page, signedIn }) => {
  await signedIn(page, 'attendee');
  await page.goto('/organise/locations');
  await expect(page.getByRole('heading', { name: 'This page is not for this account' })).toBeVisible();
});
