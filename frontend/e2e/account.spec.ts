import AxeBuilder from '@axe-core/playwright';
import type { User } from '../src/api/gen/types.gen';
import { expect, test } from './fixtures';

test('a person changes their name and country, and is called so', async ({ page, api, signedIn }) => {
  await signedIn(page, 'admin');
  await page.goto('/account');
  await page.getByLabel('Name').fill('Ada Admin');
  await page.getByLabel('Country').selectOption('PT');
  await page.getByLabel('Language for what we send you').selectOption('pt');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  const me = await api.call<User>('GET', '/v1/me', { email: 'admin@demo.example', role: 'admin' });
  expect(me).toMatchObject({ name: 'Ada Admin', country: 'PT', locale: 'pt' });
  await page.reload();
  await expect(page.getByLabel('Name')).toHaveValue('Ada Admin');
  await expect(page.getByLabel('Country')).toHaveValue('PT');
});

test('language and colours are remembered, and everything stays usable', async ({ page, signedIn }) => {
  await page.setViewportSize({ width: 320, height: 640 });
  await signedIn(page, 'organiser');
  await page.goto('/account');
  await expect(page.getByText('Organise events and see how they sell')).toBeVisible();
  const accessible = async () => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join('; ')}`)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth)).toBe(true);
  };
  await accessible();
  await page.getByRole('radio', { name: 'Dark' }).check();
  await accessible();
  await page.getByRole('region', { name: 'In this browser' }).getByLabel('Language').selectOption('ar');
  await expect(page.getByRole('heading', { name: 'الحساب' })).toBeVisible();
  await accessible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'الحساب' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'dark');
  await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
});
