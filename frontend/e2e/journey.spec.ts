import { readFileSync } from 'node:fs';
import type { BrowserContext, Locator, Page } from '@playwright/test';
import type { Event } from '../src/api/gen/types.gen';
import type { Api } from './api';
import { expect, test } from './fixtures';
import { pay } from './purchases';

// Somebody who was never here books for three: by mouse, by keyboard alone, in Arabic, on the narrowest phone.

type Texts = { [key: string]: string | Texts };

/** What the app says in a language: say('event', 'tickets.more', { name }). */
const textsIn =
  (language: string) =>
  (file: string, key: string, values: Record<string, string> = {}) => {
    const url = new URL(`../src/locales/${language}/${file}.json`, import.meta.url);
    const text = key
      .split('.')
      .reduce<string | Texts | undefined>(
        (at, part) => (typeof at === 'object' ? at[part] : undefined),
        JSON.parse(readFileSync(url, 'utf8')) as Texts,
      );
    if (typeof text !== 'string') throw new Error(`no text ${language} ${file} ${key}`);
    return text.replace(/{{(\w+)[^}]*}}/g, (_, name: string) => values[name] ?? '');
  };

interface Hand {
  press(what: Locator): Promise<void>;
  fill(field: Locator, text: string): Promise<void>;
}

const mouse: Hand = {
  press: (what) => what.click(),
  fill: (field, text) => field.fill(text),
};

const focused = (what: Locator) => what.evaluate((e) => e === document.activeElement);

/** Tab until it has the focus, which must be seen; nothing else is pressed. */
const goTo = async (page: Page, what: Locator) => {
  await expect(what).toBeVisible();
  for (let presses = 0; !(await focused(what)); presses++) {
    if (presses > 150) throw new Error(`${what} cannot be reached by Tab`);
    await page.keyboard.press('Tab');
  }
};

const keyboard = (page: Page): Hand => ({
  press: async (what) => {
    await goTo(page, what);
    await page.keyboard.press('Enter');
  },
  fill: async (field, text) => {
    await goTo(page, field);
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type(text);
  },
});

/** The pages that somebody acts on, each address once: on the way to the issuer the checkout's is passed through. */
const screensOf = (page: Page): Set<string> => {
  const seen = new Set<string>();
  page.on('framenavigated', (frame) => {
    const { pathname } = new URL(frame.url());
    if (frame === page.mainFrame() && pathname !== '/auth/callback') seen.add(pathname);
  });
  return seen;
};

const bookForThree = async (page: Page, api: Api, event: Event, hand: Hand, language: string) => {
  const say = textsIn(language);
  const screens = screensOf(page);
  await page.goto('/');
  await hand.fill(page.getByRole('searchbox'), event.name);
  await expect(page.getByRole('article')).toHaveCount(1);
  await hand.press(page.getByRole('link', { name: event.name }));

  const more = page.getByRole('button', { name: say('event', 'tickets.more', { name: 'Seat' }) });
  for (const chosen of ['1', '2', '3']) {
    await hand.press(more);
    await expect(page.getByRole('main').locator('output').first()).toHaveText(
      new RegExp(`^(${chosen}|${'٠١٢٣'[Number(chosen)]})$`),
    );
  }
  await hand.press(page.getByRole('button', { name: say('event', 'tickets.next'), exact: true }));

  await hand.press(page.locator('button[value="attendee@demo.example"]'));

  for (const [i, name] of ['Ada Lovelace', 'Rui Costa', 'Lin Mei'].entries()) {
    await hand.fill(page.locator(`#ticket-${i}-name`), name);
  }
  const total = new Intl.NumberFormat(language === 'en' ? 'en-GB' : language, { style: 'currency', currency: 'EUR' }).format(135);
  await hand.press(language === 'en' ? pay(page, total) : page.locator('form button[type="submit"]'));
  await page.waitForURL(/\/bookings\/bkg_\w+\?justBooked=true/);
  await expect(page.getByRole('article')).toHaveCount(3);
  await expect(page.getByText('Lin Mei')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();

  const until = [...screens].slice(0, -1); // the last one shows what was booked
  expect(until.length, `screens: ${until.join(' ')}`).toBeLessThanOrEqual(4);
  const [booking, ...others] = await api.bookingsOf('attendee@demo.example', event.id);
  expect(others).toEqual([]);
  expect(booking?.tickets.map((t) => t.attendee.name)).toEqual(['Ada Lovelace', 'Rui Costa', 'Lin Mei']);
  const numbers = booking?.tickets.map((t) => t.seat.number) ?? [];
  expect(Math.max(...numbers) - Math.min(...numbers), 'seats side by side').toBe(2);
};

const narrow = { width: 320, height: 640 };
const ways: { how: string; language?: string; viewport?: typeof narrow; touch?: boolean; hand?: (page: Page) => Hand }[] = [
  { how: 'by mouse' },
  { how: 'by keyboard alone', hand: keyboard },
  { how: 'in Arabic', language: 'ar' },
  { how: '320 pixels wide', viewport: narrow, touch: true },
  { how: 'in Arabic by keyboard, 320 pixels wide', language: 'ar', viewport: narrow, hand: keyboard },
];

for (const { how, language = 'en', viewport, touch, hand } of ways) {
  test(`a first-time visitor books for three in at most four screens, ${how}`, async ({ browser, api }) => {
    const event = await api.event({ name: `Concerto ${crypto.randomUUID().slice(0, 8)}` });
    const context: BrowserContext = await browser.newContext({
      locale: language === 'en' ? 'en-GB' : language,
      ...(viewport && { viewport }),
      ...(touch && { hasTouch: true, isMobile: true }),
    });
    const page = await context.newPage();
    await bookForThree(page, api, event, hand?.(page) ?? mouse, language);
    if (language === 'ar') await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
    await context.close();
  });
}
