import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { programs } from './platform.ts';
import type { Route } from './routes.ts';

/** One thing that was built, as Vite's manifest lists it by the name of its source. */
export interface Built {
  file: string;
  isEntry?: boolean;
  /** Keys of what it loads at once. */
  imports?: string[];
  css?: string[];
}

export type Manifest = Record<string, Built>;

const folder = resolve(dirname(programs.server), '../shared/webui/dist');

export const builtManifest = (): Manifest => JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8')) as Manifest;

/** Scripts that the built document names, those that are of no chunk included. */
export const namedScripts = (): string[] =>
  [...readFileSync(join(folder, 'index.html'), 'utf8').matchAll(/<script[^>]* src="\/([^"]+)"/g)].map(([, src]) => src ?? '');

/** Bytes of a built file as the server sends it, gzipped. */
export const sent = (file: string): number => {
  const compressed = join(folder, `${file}.gz`);
  return readFileSync(existsSync(compressed) ? compressed : join(folder, file)).length;
};

/** The files that are loaded at once with the named sources. */
export const loadedWith = (manifest: Manifest, ...sources: string[]): Set<string> => {
  const files = new Set<string>();
  const add = (key: string) => {
    const built = manifest[key];
    if (!built) throw new Error(`${key} was not built: is it still loaded by itself?`);
    if (files.has(built.file)) return;
    for (const file of [built.file, ...(built.css ?? [])]) files.add(file);
    built.imports?.forEach(add);
  };
  sources.forEach(add);
  return files;
};

/** Gzipped bytes. */
export interface Load {
  path: string;
  public: boolean;
  /** JavaScript and styles of a first visit that begins here, in the language with the longest texts. */
  firstJs: number;
  firstCss: number;
  /** What the page adds to the frame of every page. */
  routeJs: number;
}

export const budgets = { firstJs: 190_000, firstCss: 30_000, routeJs: 60_000 };

const languages = ['en', 'es', 'fr', 'de', 'pt', 'ar'];

/** What each page costs whoever opens it; the document names some scripts itself. */
export const loads = (manifest: Manifest, routes: Route[], named: string[], size = sent): Load[] => {
  const frame = Object.keys(manifest).filter((key) => manifest[key]?.isEntry);
  const weigh = (files: Iterable<string>, ending: string) =>
    [...files].filter((f) => f.endsWith(ending)).reduce((sum, f) => sum + size(f), 0);
  const textsOf = (names: string[]) =>
    languages
      .map((l) => loadedWith(manifest, ...names.map((n) => `src/locales/${l}/${n}.json`)))
      .reduce((longest, one) => (weigh(one, '.js') > weigh(longest, '.js') ? one : longest));
  const first = new Set([...loadedWith(manifest, ...frame), ...named]);
  const common = textsOf(['common']);
  return routes.map((route) => {
    const page = loadedWith(manifest, route.page);
    const texts = route.texts.length > 0 ? textsOf(route.texts) : new Set<string>();
    const whole = new Set([...first, ...page, ...texts, ...common]);
    return {
      path: route.path,
      public: !route.as,
      firstJs: weigh(whole, '.js'),
      firstCss: weigh(whole, '.css'),
      routeJs: weigh(
        [...page, ...texts].filter((f) => !first.has(f)),
        '.js',
      ),
    };
  });
};

const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

/** Says which budgets are exceeded, and by what. */
export const exceeded = (all: Load[], limits = budgets): string[] =>
  all.flatMap((load) =>
    (['firstJs', 'firstCss', 'routeJs'] as const)
      .filter((what) => load[what] > limits[what] && (load.public || what === 'routeJs'))
      .map((what) => `${load.path}: ${what} ${kB(load[what])}, budget ${kB(limits[what])}`),
  );
