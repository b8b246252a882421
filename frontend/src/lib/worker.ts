import i18next from 'i18next';

/** Tells the worker which language's texts to keep, and what this page loaded before it was there. */
const tell = (worker: ServiceWorker | null): void => {
  const loaded = performance.getEntriesByType('resource').map((r) => new URL(r.name, location.href));
  worker?.postMessage({
    language: i18next.language,
    loaded: loaded.filter((url) => url.origin === location.origin).map((url) => url.pathname),
  });
};

const register = async (): Promise<void> => {
  try {
    const workers = navigator.serviceWorker;
    // Twice: what is loaded before the worker takes over does not pass through it.
    workers.addEventListener('controllerchange', () => tell(workers.controller));
    await workers.register('/sw.js');
    tell((await workers.ready).active);
    i18next.on('languageChanged', () => tell(workers.controller));
  } catch {
    // Private windows and some settings allow none: the app works without, with a network.
  }
};

/** Starts the service worker once the page has all that it needs. Not while developing, where files change under its feet. */
export const startWorker = (): void => {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  if (document.readyState === 'complete') void register();
  else window.addEventListener('load', () => void register(), { once: true });
};
