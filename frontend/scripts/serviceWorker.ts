import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minify, type Plugin, type Rollup, transformWithOxc } from 'vite';
import { Chunks } from './chunks.ts';

/** The routes that open without a network. */
const offline = [
  '/src/features/bookings/BookingsPage.tsx',
  '/src/features/bookings/BookingPage.tsx',
  '/src/features/ticket/TicketPage.tsx',
  '/src/features/scan/ScanPage.tsx',
  '/src/features/scan/DoorPage.tsx',
];

/** Their texts. */
const texts = ['common', 'bookings', 'ticket', 'scan'];

interface Built {
  entry: string;
  shell: string[];
  texts: Record<string, string[]>;
}

/** What the service worker keeps of a build: the entry and the routes above, with all that they load at once. */
export const builtFiles = (bundle: Rollup.OutputBundle): Built => {
  const chunks = new Chunks(bundle);
  const files = chunks.loadedWith(chunks.entry, ...offline.map((route) => chunks.page(route)));
  return {
    entry: `/${chunks.entry.fileName}`,
    shell: ['/favicon.svg', '/manifest.webmanifest', ...[...files, ...chunks.scripts].sort().map((f) => `/${f}`)],
    texts: chunks.texts(texts),
  };
};

/** Builds src/sw.ts into /sw.js, which keeps its name and so must know the others'. */
export const serviceWorker = (): Plugin => {
  let root = '';
  return {
    name: 'service-worker',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      root = config.root;
    },
    async generateBundle(_, bundle) {
      const built = builtFiles(bundle);
      const file = join(root, 'src/sw.ts');
      const source = readFileSync(file, 'utf8');
      const hash = createHash('sha256').update(JSON.stringify(built)).update(source);
      for (const named of ['index.html', 'public/favicon.svg', 'public/manifest.webmanifest']) {
        hash.update(readFileSync(join(root, named)));
      }
      const version = hash.digest('hex').slice(0, 12);
      const { code } = await transformWithOxc(source, file);
      const whole = `const BUILD = ${JSON.stringify({ version, ...built })};\n${code}`;
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: (await minify('sw.js', whole, { module: true })).code });
    },
  };
};
