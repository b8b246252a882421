/**
 * What every scenario has. A worker starts the real server once, with demo data; a test makes what it needs by `api` (an event of
 * its own, so that tests do not meet), opens pages by `page`, signed in by `signedIn`, and asserts what a person would see.
 *
 *     test('somebody books', async ({ page, api, signedIn }) => {
 *       const event = await api.event();
 *       await signedIn(page, 'attendee');            // the demo account, through the real issuer
 *       await page.goto(`/events/${event.id}`);
 *       …
 *     });
 *
 * A test fails on errors in the console, on what the content security policy refused, and on exceptions nobody caught;
 * `expectErrors(/…/)` names those that belong to it. Other settings of the server: test.use({ settings: { MYEVENTS_HOLD_TTL: '20s' } })
 * at the top of a file, which starts a server of its own. No test sleeps: expect(locator) waits.
 */
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import { Api } from './api';
import { type Platform, startPlatform } from './platform';

export type DemoRole = 'attendee' | 'organiser' | 'door' | 'admin';

type State = Awaited<ReturnType<BrowserContext['storageState']>>;

interface Worker {
  /** Environment variables of the server. */
  settings: Record<string, string>;
  platform: Platform;
  sessions: Map<DemoRole, State>;
}

interface Fixtures {
  api: Api;
  /** Signs a page's context in as a demo account: at once where this worker did before. */
  signedIn(page: Page, role: DemoRole): Promise<void>;
  /** Errors of the console that belong to the test, such as a request that it made fail. */
  expectErrors(...patterns: RegExp[]): void;
}

/** Signs in on the issuer's page, as a person does with a demo account. */
export const signInByPage = async (page: Page, role: DemoRole): Promise<void> => {
  await page.goto('/account');
  await page.locator(`button[value="${role}@demo.example"]`).click();
  await page.waitForURL('**/account');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
};

export const test = base.extend<Fixtures & { errors: { allow: RegExp[] }; guard: undefined }, Worker>({
  settings: [{}, { scope: 'worker', option: true }],
  platform: [
    async ({ settings }, use) => {
      const platform = await startPlatform(settings);
      await use(platform);
      await platform.stop();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
  sessions: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of parameters
    async ({}, use) => {
      await use(new Map());
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ platform }, use) => use(platform.url),
  api: async ({ platform }, use) => use(new Api(platform)),
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of parameters
  errors: async ({}, use) => use({ allow: [] }),
  expectErrors: async ({ errors }, use) => use((...patterns) => void errors.allow.push(...patterns)),
  // Every page of the test's context, and of the contexts that it makes, is listened to.
  guard: [
    async ({ context, browser, errors, platform }, use, info) => {
      const found: string[] = [];
      const note = (text: string) => {
        if (!errors.allow.some((pattern) => pattern.test(text))) found.push(text);
      };
      const watch = (c: BrowserContext) => {
        c.on('console', (m) => {
          if (m.type() === 'error') note(`${m.text()} (${m.location().url})`);
        });
        c.on('weberror', (e) => note(String(e.error().stack ?? e.error())));
      };
      watch(context);
      const newContext = browser.newContext.bind(browser);
      browser.newContext = async (options) => {
        const made = await newContext({ baseURL: platform.url, ...options });
        watch(made);
        return made;
      };
      await use(undefined);
      browser.newContext = newContext;
      if (info.status !== 'passed') await info.attach('server.log', { body: platform.log() });
      expect(found, 'errors in the browser').toEqual([]);
    },
    { auto: true },
  ],
  signedIn: async ({ browser, sessions, platform }, use) =>
    use(async (page, role) => {
      if (!sessions.has(role)) {
        const context = await browser.newContext({ baseURL: platform.url });
        await signInByPage(await context.newPage(), role);
        sessions.set(role, await context.storageState());
        await context.close();
      }
      const state = sessions.get(role);
      if (!state) throw new Error(`no session of ${role}`);
      await page.context().addCookies(state.cookies);
      const stored = state.origins.find((o) => o.origin === platform.url)?.localStorage ?? [];
      await page.addInitScript((entries) => {
        if (sessionStorage.getItem('e2e.signedIn')) return;
        sessionStorage.setItem('e2e.signedIn', 'true');
        for (const { name, value } of entries) localStorage.setItem(name, value);
      }, stored);
    }),
});

export { expect };
