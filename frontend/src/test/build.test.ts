import type { Rollup } from 'vite';
import { expect, test } from 'vitest';
import { headStarts } from '../../scripts/headStart.ts';
import { builtFiles } from '../../scripts/serviceWorker.ts';

const chunk = (fileName: string, over: Record<string, unknown> = {}) => ({
  type: 'chunk',
  fileName,
  imports: [],
  isEntry: false,
  facadeModuleId: null,
  viteMetadata: { importedCss: new Set() },
  ...over,
});

const page = (name: string, imports: string[] = [], css: string[] = []) =>
  chunk(`assets/${name}.js`, {
    facadeModuleId: `/app/src/features/${name}.tsx`,
    imports,
    viteMetadata: { importedCss: new Set(css) },
  });

const bundle = (...chunks: { fileName: string }[]) =>
  Object.fromEntries(chunks.map((c) => [c.fileName, c])) as unknown as Rollup.OutputBundle;

const pages = [
  page('bookings/BookingsPage'),
  page('bookings/BookingPage', ['assets/shared.js'], ['assets/booking.css']),
  page('ticket/TicketPage', ['assets/shared.js']),
  page('scan/ScanPage'),
  page('scan/DoorPage'),
];
const text = (path: string) => chunk(`assets/${path.replace('/', '-')}.js`, { facadeModuleId: `/app/src/locales/${path}.json` });
const entry = chunk('assets/index.js', { isEntry: true, imports: ['assets/shared.js'] });
const shared = chunk('assets/shared.js', { viteMetadata: { importedCss: new Set(['assets/shared.css']) } });

test('the entry and the routes that open without a network are kept, with all that they load', () => {
  const early = { type: 'asset', fileName: 'assets/headStart.js' };
  const built = builtFiles(
    bundle(
      early,
      entry,
      shared,
      ...pages,
      page('discover/DiscoverPage'),
      text('de/common'),
      text('de/ticket'),
      text('de/organise'),
    ),
  );
  expect(built.entry).toBe('/assets/index.js');
  expect(built.shell).toEqual(
    expect.arrayContaining([
      '/favicon.svg',
      '/assets/index.js',
      '/assets/shared.js',
      '/assets/shared.css',
      '/assets/booking.css',
      '/assets/headStart.js',
    ]),
  );
  expect(built.shell).not.toContain('/assets/discover/DiscoverPage.js');
  expect(built.texts).toEqual({ de: ['/assets/de-common.js', '/assets/de-ticket.js'] });
});

test('a route that went elsewhere stops the build', () => {
  expect(() => builtFiles(bundle(entry, shared, ...pages.slice(1)))).toThrow('BookingsPage.tsx has no chunk');
});

test('a head start fetches what a page needs beside what the document names', () => {
  const discover = page('discover/DiscoverPage', ['assets/shared.js', 'assets/cards.js'], ['assets/discover.css']);
  const cards = chunk('assets/cards.js');
  const texts = ['de/common', 'de/discover', 'de/event', 'fr/discover'].map(text);
  expect(headStarts(bundle(entry, shared, cards, discover, page('event/EventPage'), ...texts))).toEqual({
    discover: {
      files: ['/assets/discover/DiscoverPage.js', '/assets/discover.css', '/assets/cards.js'],
      texts: { de: ['/assets/de-common.js', '/assets/de-discover.js'], fr: ['/assets/fr-discover.js'] },
    },
    event: { files: ['/assets/event/EventPage.js'], texts: { de: ['/assets/de-common.js', '/assets/de-event.js'] } },
  });
});
