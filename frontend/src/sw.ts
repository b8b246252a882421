/*
 * The service worker: what was opened once opens without a network. It keeps the app's own files and nothing else; what the API
 * says is kept by the pages that show it (lib/kept). Files in /assets/ have a hash of their content in their names, so that they
 * are never asked for twice, and a new version can take over at once: pages that are open go on with the files that they know.
 */

/** What scripts/serviceWorker.ts knows of the build: paths, those of texts by language. */
declare const BUILD: { version: string; entry: string; shell: string[]; texts: Record<string, string[]> };

/** What a page tells: the language that it is in, and the files that it loaded before there was a worker. */
interface Told {
  language?: string;
  loaded?: string[];
}

interface Waits extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetches extends Waits {
  readonly request: Request;
  readonly preloadResponse: Promise<Response | undefined>;
  respondWith(response: Promise<Response>): void;
}

// The compiler knows this project as pages; of a worker's own names these are all that is needed.
const worker = globalThis as unknown as {
  addEventListener(type: 'install' | 'activate', on: (e: Waits) => void): void;
  addEventListener(type: 'fetch', on: (e: Fetches) => void): void;
  addEventListener(type: 'message', on: (e: Waits & { data: Told }) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  registration: { navigationPreload?: { enable(): Promise<void> } };
};

const page = '/'; // the document of every page
const prefix = 'myevents-';
const current = prefix + BUILD.version;
const choice = 'choice'; // the cache that remembers the language from one version to the next
const patience = 4_000; // milliseconds for a page to come from the network

/** Pages that routes.tsx knows and that this may answer; everything else is the network's. */
const pages = /^\/(?:$|(?:bookings|events|tickets|organise|scan|account)(?:\/|$))/;

const known = (path: string | Request) => caches.match(path, { ignoreVary: true });

const good = (response: Response) => {
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  return response;
};

const keep = async (paths: string[]): Promise<void> => {
  const cache = await caches.open(current);
  const add = async (path: string) => {
    if (await cache.match(path, { ignoreVary: true })) return;
    const response = (await known(path)) ?? good(await fetch(path));
    await cache.put(path, response);
  };
  await Promise.all(paths.map(add));
};

const textsOf = (language: string | undefined): string[] => (language && BUILD.texts[language]) || [];

const chosenLanguage = async (): Promise<string | undefined> => (await (await caches.open(choice)).match('/language'))?.text();

const install = async (): Promise<void> => {
  const document = good(await fetch(page, { cache: 'no-cache' }));
  // An edge that still has the page of the release before would leave a shell whose files nobody kept.
  if (!(await document.clone().text()).includes(BUILD.entry)) throw new Error('the page is of another release');
  await keep([...BUILD.shell, ...textsOf(await chosenLanguage())]);
  await (await caches.open(current)).put(page, document);
  await worker.skipWaiting();
};

/** Two releases stay: this one, and the one before for pages that are still open. */
const activate = async (): Promise<void> => {
  const others = (await caches.keys()).filter((name) => name.startsWith(prefix) && name !== current);
  await Promise.all(others.slice(0, -1).map((name) => caches.delete(name)));
  await worker.registration.navigationPreload?.enable();
  await worker.clients.claim();
};

const listen = async ({ language, loaded = [] }: Told): Promise<void> => {
  if (language) await (await caches.open(choice)).put('/language', new Response(language));
  await keep([...loaded.filter((path) => path.startsWith('/assets/')), ...textsOf(language)]);
};

const asset = async (request: Request): Promise<Response> => {
  const kept = await known(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) await (await caches.open(current)).put(request, response.clone());
  return response;
};

const navigate = async (e: Fetches): Promise<Response> => {
  const fromNetwork = async () => {
    const response = (await e.preloadResponse) ?? (await fetch(e.request));
    if (response.status >= 500) throw new Error(`${response.status}`);
    return response;
  };
  const tooLate = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('too late')), patience);
  });
  try {
    return await Promise.race([fromNetwork(), tooLate]);
  } catch {
    const cache = await caches.open(current);
    return (await cache.match(page, { ignoreVary: true })) ?? Response.error();
  }
};

worker.addEventListener('install', (e) => e.waitUntil(install()));
worker.addEventListener('activate', (e) => e.waitUntil(activate()));
worker.addEventListener('message', (e) => e.waitUntil(listen(e.data)));
worker.addEventListener('fetch', (e) => {
  const { request } = e;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin) return;
  if (url.pathname.startsWith('/assets/')) e.respondWith(asset(request));
  else if (request.mode === 'navigate' && pages.test(url.pathname)) e.respondWith(navigate(e));
  else if (BUILD.shell.includes(url.pathname))
    e.respondWith(fetch(request).catch(async () => (await known(request)) ?? Response.error()));
});
