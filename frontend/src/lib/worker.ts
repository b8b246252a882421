import i18next from 'i18next';

/** The app's own files among what this page loaded. */
const assetsIn = (entries: PerformanceEntryList): string[] =>
  entries
    .map((r) => new URL(r.name, location.href))
    .filter((url) => url.origin === location.origin && url.pathname.startsWith('/assets/'))
    .map((url) => url.pathname);

const register = async (): Promise<void> => {
  try {
    const workers = navigator.serviceWorker;
    await workers.register('/sw.js');
    const registration = await workers.ready;
    const tellLanguage = () => registration.active?.postMessage({ language: i18next.language });
    tellLanguage();
    i18next.on('languageChanged', tellLanguage);
    // What is loaded before the worker takes over does not pass through it, nor anything of a page that was just being opened.
    new PerformanceObserver((list) => {
      const loaded = assetsIn(list.getEntries());
      if (loaded.length > 0) registration.active?.postMessage({ loaded });
    }).observe({ type: 'resource', buffered: true });
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
