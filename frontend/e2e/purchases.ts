import { randomUUID } from 'node:crypto';
import { expect, type Locator, type Page } from '@playwright/test';
import type { WantItem } from '../src/api/gen/types.gen';

/**
 * Opens the checkout of places that were chosen, as the pages before it do, and waits for its form unless told not to.
 * Returns its address.
 */
export const openCheckout = async (
  page: Page,
  eventId: string,
  items: WantItem[],
  { together = true, wait = true } = {},
): Promise<string> => {
  const purchase = {
    id: randomUUID(),
    eventId,
    items,
    together,
    holdKey: randomUUID(),
    bookingKey: randomUUID(),
    startedAt: Date.now(),
    attendees: [],
  };
  await page.addInitScript((p) => {
    const key = `myevents.purchase.${p.id}`;
    if (sessionStorage.getItem(key)) return;
    sessionStorage.setItem(key, 'begun');
    localStorage.setItem(key, JSON.stringify(p));
  }, purchase);
  const href = `/events/${eventId}/checkout?purchase=${purchase.id}`;
  await page.goto(href);
  if (wait) await expect(page.locator('form button[type="submit"]')).toBeVisible();
  return href;
};

/** The fields of one ticket, counted from 1. */
export const tickets = (page: Page, number: number): Locator =>
  page.locator('fieldset', { has: page.locator(`#ticket-${number - 1}-name`) });

export const pay = (page: Page, total: string): Locator => page.getByRole('button', { name: `Pay ${total}` });
