import type { Page } from '@playwright/test';

/** Waits until the service worker keeps all that this page loaded. */
export const kept = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    const loaded = () => performance.getEntriesByType('resource').filter((r) => new URL(r.name).pathname.startsWith('/assets/'));
    for (;;) {
      const found = await Promise.all(loaded().map((r) => caches.match(r.name, { ignoreVary: true })));
      if (navigator.serviceWorker.controller && found.every(Boolean)) return;
      await new Promise(requestAnimationFrame);
    }
  });
