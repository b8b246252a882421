/*
 * Runs while the app's code is still on its way, and asks for what the page will need next: its code, its texts, its data and
 * its largest picture come side by side rather than one after the other, each a trip to the network later. The app looks for
 * all of it where it is put here (lib/begun for data), and does without where it is not.
 */

/** What scripts/headStart.ts knows of the build: paths. */
declare const BUILD: Record<'discover' | 'event', { files: string[]; texts: Record<string, string[]> }>;

const hint = (href: string, more: Partial<HTMLLinkElement>) =>
  document.head.append(Object.assign(document.createElement('link'), { href, fetchPriority: 'low', ...more }));

const code = (href: string) =>
  hint(href, { crossOrigin: '', ...(href.endsWith('.css') ? { rel: 'preload', as: 'style' } : { rel: 'modulepreload' }) });

const stored = (key: string): unknown => {
  try {
    return JSON.parse(localStorage.getItem(`myevents.${key}`) ?? 'null');
  } catch {
    return null; // storage is blocked
  }
};

const { pathname, search } = location;
const eventId = /^\/events\/([\w-]+)$/.exec(pathname)?.[1];
const page = eventId ? BUILD.event : pathname === '/' && !search ? BUILD.discover : undefined;

if (page) {
  const wanted = [stored('language'), ...navigator.languages.map((l) => l.split('-')[0])].map(String);
  const language = wanted.find((l) => page.texts[l]) ?? 'en';
  for (const file of [...page.files, ...(page.texts[language] ?? [])]) code(file);
}
// Whoever is signed in asks with a token, which only the app can get.
if (page && !stored('person')) {
  const path = eventId ? `/v1/events/${eventId}` : '/v1/events?limit=12';
  const answer = fetch(path);
  globalThis.begun = new Map([[path, answer]]);
  const paint = async () => {
    const response = await answer;
    if (!response.ok) return;
    const body = await response.clone().json();
    const picture = (body.items ? body.items[0] : body)?.imageUrl;
    if (picture) hint(picture, { rel: 'preload', as: 'image', fetchPriority: 'high' });
  };
  paint().catch(() => undefined); // the app asks again, and says what is wrong
}
