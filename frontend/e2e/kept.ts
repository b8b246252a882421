import { expect, type Page } from '@playwright/test';

/** What of this page's files the service worker does not keep yet; "no worker" while it is being installed. */
const missing = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    // Active is enough: it answers the next time that a page is opened, whether or not it has taken over this one.
    const registration = await navigator.serviceWorker.getRegistration();
    if (registration?.active?.state !== 'activated') return ['no worker'];
    const loaded = performance.getEntriesByType('resource').filter((r) => new URL(r.name).pathname.startsWith('/assets/'));
    const found = await Promise.all(loaded.map((r) => caches.match(r.name, { ignoreVary: true })));
    return loaded.filter((_, i) => !found[i]).map((r) => r.name);
  });

/** Waits until the service worker keeps all that this page loaded. */
export const kept = (page: Page): Promise<void> => expect.poll(() => missing(page)).toEqual([]);
