import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from './fixtures';
import type { Stage } from './routes';
import { setStage, settled, visits } from './tour';

// Not tests: they look. SCREENSHOTS=docs takes what the documents show, SCREENSHOTS=all every page in every width, light and dark.

const root = resolve(import.meta.dirname, '../..');
const everything = process.env.SCREENSHOTS === 'all';
const folder = join(root, everything ? '.cache/screenshots' : 'docs/screenshots');

interface Shot {
  visit: string;
  width: number;
  scheme: 'light' | 'dark';
  language?: string;
  file: string;
  /** All of the page rather than what a screen shows of it. */
  whole?: boolean;
}

const tall: Record<number, number> = { 360: 740, 768: 1024, 1440: 900 };

const every: Shot[] = visits.flatMap(({ name: visit }) =>
  [360, 768, 1440].flatMap((width) =>
    (['light', 'dark'] as const).map((scheme) => ({ visit, width, scheme, whole: true, file: `${visit}-${width}-${scheme}` })),
  ),
);

const shown: Shot[] = [
  { visit: 'home', width: 1440, scheme: 'light', file: 'discover' },
  { visit: 'home', width: 360, scheme: 'dark', language: 'ar', file: 'discover-phone-arabic' },
  { visit: 'events-eventId', width: 1440, scheme: 'light', file: 'event' },
  { visit: 'seats-section', width: 1440, scheme: 'dark', file: 'seats' },
  { visit: 'events-eventId-seats', width: 360, scheme: 'light', file: 'hall-phone' },
  { visit: 'checkout', width: 768, scheme: 'light', file: 'checkout' },
  { visit: 'bookings-bookingId', width: 360, scheme: 'light', file: 'tickets-phone' },
  { visit: 'organise-events-eventId', width: 1440, scheme: 'light', file: 'dashboard' },
  { visit: 'organise-events-eventId-edit', width: 1440, scheme: 'dark', file: 'event-editor' },
  { visit: 'organise-locations-locationId-halls-hallId', width: 1440, scheme: 'light', file: 'hall-editor' },
  { visit: 'organise-events-eventId-bookings', width: 768, scheme: 'light', file: 'bookings' },
  { visit: 'scan-eventId', width: 360, scheme: 'dark', file: 'door-phone' },
];

let stage: Promise<Stage> | undefined; // once a worker

for (const shot of everything ? every : shown) {
  test(shot.file, async ({ page, api, signedIn, expectErrors }) => {
    mkdirSync(folder, { recursive: true });
    stage ??= setStage(api);
    const visit = visits.find((v) => v.name === shot.visit);
    if (!visit) throw new Error(`no visit ${shot.visit}`);
    if (visit.errors) expectErrors(visit.errors);
    await page.setViewportSize({ width: shot.width, height: tall[shot.width] ?? 900 });
    await page.emulateMedia({ colorScheme: shot.scheme, reducedMotion: 'reduce' });
    if (visit.as) await signedIn(page, visit.as);
    await page.addInitScript((language) => {
      if (language) localStorage.setItem('myevents.language', JSON.stringify(language));
    }, shot.language);
    await visit.open(page, await stage);
    await settled(page);
    if (shot.language) await expect(page.locator('html')).toHaveAttribute('lang', shot.language);
    await page.waitForLoadState('networkidle');
    await page.screenshot({ path: join(folder, `${shot.file}.png`), fullPage: shot.whole ?? false });
    await visit.close?.(page);
  });
}
