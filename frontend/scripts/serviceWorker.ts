import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minify, type Plugin, type Rollup, transformWithOxc } from 'vite';

/** The routes that open without a network. */
const offline = [
  '/src/features/bookings/BookingsPage.tsx',
  '/src/features/bookings/BookingPage.tsx',
  '/src/features/ticket/TicketPage.tsx',
  '/src/features/scan/ScanPage.tsx',
  '/src/features/scan/DoorPage.tsx',
];

/** Their texts. */
const texts = /\/src\/locales\/(\w+)\/(?:common|bookings|ticket|scan)\.json$/;

interface Built {
  entry: string;
  shell: string[];
  texts: Record<string, string[]>;
}

/** What the service worker keeps of a build: the entry and the routes above, with all that they load at once. */
export const builtFiles = (bundle: Rollup.OutputBundle): Built => {
  const chunks = Object.values(bundle).filter((c) => c.type === 'chunk');
  const files = new Set<string>();
  const add = (chunk: Rollup.OutputChunk) => {
    if (files.has(chunk.fileName)) return;
    files.add(chunk.fileName);
    for (const css of chunk.viteMetadata?.importedCss ?? []) files.add(css);
    for (const name of chunk.imports) {
      const imported = bundle[name];
      if (imported?.type === 'chunk') add(imported);
    }
  };
  const entry = chunks.find((c) => c.isEntry);
  if (!entry) throw new Error('the build has no entry');
  add(entry);
  for (const route of offline) {
    const chunk = chunks.find((c) => c.facadeModuleId?.endsWith(route));
    if (!chunk) throw new Error(`${route} has no chunk: is it still a route?`);
    add(chunk);
  }
  const byLanguage: Record<string, string[]> = {};
  for (const chunk of chunks) {
    const language = texts.exec(chunk.facadeModuleId ?? '')?.[1];
    if (!language) continue;
    byLanguage[language] ??= [];
    byLanguage[language].push(`/${chunk.fileName}`);
  }
  return {
    entry: `/${entry.fileName}`,
    shell: ['/favicon.svg', '/manifest.webmanifest', ...[...files].sort().map((f) => `/${f}`)],
    texts: byLanguage,
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
