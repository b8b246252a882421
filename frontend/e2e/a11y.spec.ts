import { readFileSync } from 'node:fs';
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Api } from './api';
import { expect, signInByPage, test } from './fixtures';
import { routes, type Stage } from './routes';
import { setStage, settled, sidewaysScroll, visits } from './tour';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

const accessible = async (page: Page, how: string) => {
  const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
  const found = violations.flatMap((v) => v.nodes.map((n) => `${v.id} at ${n.target.join(' ')}: ${n.failureSummary ?? v.help}`));
  expect.soft(found, how).toEqual([]);
  expect.soft(await sidewaysScroll(page), `pixels too wide, ${how}`).toBeLessThanOrEqual(0);
};

let stage: Promise<Stage> | undefined; // once a worker, of its server
const onStage = (api: Api): Promise<Stage> => {
  stage ??= setStage(api);
  return stage;
};

test('every route is visited', () => {
  const source = readFileSync(new URL('../src/app/routes.tsx', import.meta.url), 'utf8');
  const known = [...source.matchAll(/\bpath: '([^']+)'/g)].map(([, path]) => path);
  expect(routes.map((r) => r.path).sort()).toEqual(known.sort());
});

for (const { name, as, errors, open } of visits) {
  test(`anybody can use ${name}: light, dark, from right to left`, async ({ page, api, signedIn, expectErrors }) => {
    if (errors) expectErrors(errors);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    if (as) await signedIn(page, as);
    await open(page, await onStage(api));
    await settled(page);
    await accessible(page, 'light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
    await accessible(page, 'dark');
    await page.setViewportSize({ width: 320, height: 640 });
    await page.getByRole('combobox', { name: 'Language' }).first().selectOption('ar');
    await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
    await settled(page);
    await page.emulateMedia({ colorScheme: 'light' });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'light');
    await accessible(page, 'from right to left, 320 px wide');
  });
}

const inBothSchemes = async (page: Page, how: string) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.emulateMedia({ colorScheme: 'light' });
  await accessible(page, `${how}, light`);
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible(page, `${how}, dark`);
  await page.setViewportSize({ width: 320, height: 640 });
  await accessible(page, `${how}, dark, 320 px wide`);
};

test('anybody can use the page to sign in: light and dark', async ({ page }) => {
  await page.goto('/account');
  await expect(page.locator('button[value="attendee@demo.example"]')).toBeVisible();
  await inBothSchemes(page, 'signing in');
  await signInByPage(page, 'attendee');
});

test('the page to sign in speaks the app’s language: from right to left', async ({ page, expectErrors }) => {
  expectErrors(/401/);
  await page.goto('/');
  await page.getByRole('combobox', { name: 'Language' }).first().selectOption('ar');
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
  await page.goto('/account');
  const demo = page.locator('button[value="attendee@demo.example"]');
  await expect(demo).toBeVisible();
  await expect(page.locator('html[lang="ar"][dir="rtl"]')).toBeVisible();
  await inBothSchemes(page, 'signing in from right to left');
  await page.locator('#email').fill('nobody@demo.example');
  await page.locator('#password').fill('not the password');
  await page.locator('#password').press('Enter');
  await expect(page.locator('#password')).toBeFocused();
  await expect(page.locator('#password')).toHaveAccessibleDescription(/[\u0600-\u06ff]/);
  await expect(page.locator('#email')).toHaveValue('nobody@demo.example');
  await inBothSchemes(page, 'a wrong password from right to left');
  await page.locator('button[value="attendee@demo.example"]').click();
  await page.waitForURL('**/account');
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
});

test('anybody can use the page to make an account, and hears at the field what is wrong', async ({ page, expectErrors }) => {
  expectErrors(/409|422/);
  await page.goto('/account');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Create an account' })).toBeVisible();
  await inBothSchemes(page, 'signing up');
  await page.getByRole('button', { name: 'Create an account' }).click();
  await expect(page).toHaveTitle('Error: Create an account · MyEvents');
  await expect(page.getByLabel('Name')).toBeFocused();
  await expect(page.getByLabel('Password')).toHaveAccessibleDescription('The password needs at least 8 characters.');
  await inBothSchemes(page, 'an account that lacks everything');
  await page.getByLabel('Name').fill('Ana');
  await page.getByLabel('E-mail').fill('attendee@demo.example');
  await page.getByLabel('Password').fill('long enough');
  await page.getByLabel('Password').press('Enter');
  await expect(page.getByLabel('E-mail')).toBeFocused();
  await expect(page.getByLabel('Name')).toHaveValue('Ana');
  await inBothSchemes(page, 'an address that is taken');
});
