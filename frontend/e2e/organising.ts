import type { Locator, Page } from '@playwright/test';
import { expect } from '@playwright/test';
import type { Event } from '../src/api/gen/types.gen';
import type { Api } from './api';

const day = 24 * 3_600_000;

/** A day from today, and a time, as a field for dates takes it. */
export const wall = (days: number, time: string): string =>
  `${new Date(Date.now() + days * day).toISOString().slice(0, 10)}T${time}`;

export const text = (where: Page | Locator, name: string): Locator => where.getByRole('textbox', { name, exact: true });

/** An event as its organiser sees it, drafts too. */
export const eventOf = (api: Api, id: string): Promise<Event> => api.organise<Event>('GET', `/v1/events/${id}`);

/** Chooses a location in the editor of events, and with it its only hall. */
export const choosePlace = async (page: Page, name: string): Promise<void> => {
  await page.getByRole('searchbox', { name: 'Location' }).fill(name);
  await page.getByRole('button', { name }).click();
};

/** A field is marked wrong, and described by these words. */
export const says = async (field: Locator, words: string | RegExp): Promise<void> => {
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await expect(field).toHaveAccessibleDescription(words);
};
