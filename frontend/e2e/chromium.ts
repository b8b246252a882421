import { existsSync } from 'node:fs';

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The machine's own browser; CHROMIUM names another. Nothing is downloaded. */
export const chromium = (): string => {
  const found = process.env.CHROMIUM ?? usual.find((path) => existsSync(path));
  if (!found) throw new Error('no Chromium: install one, or name it in CHROMIUM');
  return found;
};

/** Flags with which nothing of the browser's own talks to anybody. Without a sandbox, as in containers. */
export const quiet = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
