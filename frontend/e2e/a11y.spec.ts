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
    await accessible(page, 'dark, 320 px wide');
    await page.getByRole('combobox', { name: 'Language' }).first().selectOption('ar');
    await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
    await settled(page);
    await accessible(page, 'from right to left, 320 px wide');
    await page.emulateMedia({ colorScheme: 'light' });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', 'light');
    await accessible(page, 'from right to left, light');
  });
}

test('anybody can use the page to sign in: light and dark', async ({ page }) => {
  await page.goto('/account');
  await expect(page.locator('button[value="attendee@demo.example"]')).toBeVisible();
  await accessible(page, 'light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await accessible(page, 'dark');
  await page.setViewportSize({ width: 320, height: 640 });
  await accessible(page, 'dark, 320 px wide');
  await signInByPage(page, 'attendee');
});
