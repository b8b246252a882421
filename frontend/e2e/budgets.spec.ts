import { builtManifest, exceeded, loadedWith, loads, type Manifest, namedScripts } from './budgets';
import { expect, test } from './fixtures';
import { routes } from './routes';
import { settled } from './tour';

// biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of parameters
test('what people wait for stays within its budgets', ({}, info) => {
  const all = loads(builtManifest(), routes, namedScripts());
  info.annotations.push({ type: 'loads', description: JSON.stringify(all) });
  expect(exceeded(all)).toEqual([]);
  expect(Math.min(...all.map((l) => l.firstJs))).toBeGreaterThan(50_000); // it counts something
});

test('a budget that is exceeded is told', () => {
  const texts = Object.fromEntries(
    ['en', 'es', 'fr', 'de', 'pt', 'ar'].flatMap((l) =>
      ['common', 'a'].map((n) => [`src/locales/${l}/${n}.json`, { file: `${n}.js` }]),
    ),
  );
  const manifest: Manifest = {
    'index.html': { file: 'entry.js', isEntry: true, imports: ['_shared'], css: ['entry.css'] },
    _shared: { file: 'shared.js' },
    'a.tsx': { file: 'page.js', imports: ['_shared', '_heavy'] },
    _heavy: { file: 'heavy.js', css: ['heavy.css'] },
    ...texts,
  };
  const size = (file: string) => ({ 'heavy.js': 70_000, 'shared.js': 130_000, 'heavy.css': 29_500 })[file] ?? 1000;
  const page = { page: 'a.tsx', texts: ['a'], at: () => '' };
  const all = loads(
    manifest,
    [
      { ...page, path: '/seen' },
      { ...page, path: '/inside', as: 'organiser' },
    ],
    ['entry.js', 'early.js'],
    size,
  );
  expect(all[0]).toEqual({ path: '/seen', public: true, firstJs: 205_000, firstCss: 30_500, routeJs: 72_000 });
  expect(exceeded(all)).toEqual([
    '/seen: firstJs 205.0 kB, budget 190.0 kB',
    '/seen: firstCss 30.5 kB, budget 30.0 kB',
    '/seen: routeJs 72.0 kB, budget 60.0 kB',
    '/inside: routeJs 72.0 kB, budget 60.0 kB',
  ]);
  expect(() => loadedWith(manifest, 'gone.tsx')).toThrow('gone.tsx was not built');
});

for (const path of ['/', '/events/$eventId']) {
  test(`a first visit to ${path} loads what the budget counts, and no more`, async ({ page, api }) => {
    const route = routes.find((r) => r.path === path);
    if (!route) throw new Error('no such route');
    const { id } = await api.event();
    const asked: string[] = [];
    page.on('request', (r) => {
      if (r.frame() === page.mainFrame() && !r.serviceWorker()) asked.push(new URL(r.url()).pathname.slice(1));
    });
    await page.goto(route.at({ event: id, evening: '', draft: '', location: '', hall: '', booking: '', ticket: '' }));
    await settled(page);
    const manifest = builtManifest();
    const texts = ['common', ...route.texts].map((n) => `src/locales/en/${n}.json`);
    const expected = new Set([...loadedWith(manifest, 'index.html', route.page, ...texts), ...namedScripts()]);
    expect(asked.filter((f) => /\.(js|css)$/.test(f) && !expected.has(f))).toEqual([]);
    const data = path === '/' ? 'v1/events' : `v1/events/${id}`;
    expect(asked.filter((f) => f === data)).toEqual([data]); // asked for with the document, and not again by the app
  });
}
