import { defineConfig } from '@playwright/test';
import { chromium, quiet } from './e2e/chromium.ts';

// The machine's own browser against the real server; nothing is downloaded, and nothing of the browser's own talks to anybody.
export default defineConfig({
  testDir: 'e2e',
  projects: [
    { name: 'tests', testMatch: '*.spec.ts' },
    { name: 'bench', testMatch: '*.bench.ts' },
    { name: 'screenshots', testMatch: '*.shots.ts' },
  ],
  outputDir: '../.cache/browser-tests',
  workers: 2,
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  retries: 0,
  timeout: 120_000, // a slow machine; no test waits that long
  expect: { timeout: 30_000 },
  reporter: [[process.env.CI ? 'line' : 'list']],
  use: {
    actionTimeout: 30_000,
    navigationTimeout: 60_000,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: chromium(),
      args: quiet,
    },
  },
});
