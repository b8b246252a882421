import { existsSync } from 'node:fs';
import { defineConfig } from '@playwright/test';

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = process.env.CHROMIUM ?? browsers.find(existsSync);
if (!executablePath) throw new Error('no Chromium: install one, or name it in CHROMIUM');

// The machine's own browser against the real server; nothing is downloaded, and nothing of the browser's own talks to anybody.
export default defineConfig({
  testDir: 'e2e',
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
      executablePath,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});
