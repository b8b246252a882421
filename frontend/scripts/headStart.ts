import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minify, type Plugin, type Rollup, transformWithOxc } from 'vite';
import { Chunks } from './chunks.ts';

/** The pages that most visits begin at, and the features whose texts they show. */
const pages = {
  discover: { source: '/src/features/discover/DiscoverPage.tsx', texts: ['common', 'discover'] },
  event: { source: '/src/features/event/EventPage.tsx', texts: ['common', 'event'] },
};

export interface HeadStart {
  /** What a page adds to the entry's files. */
  files: string[];
  /** By language. */
  texts: Record<string, string[]>;
}

/** What the pages need of a build beside what the document itself names. */
export const headStarts = (bundle: Rollup.OutputBundle): Record<keyof typeof pages, HeadStart> => {
  const chunks = new Chunks(bundle);
  const named = chunks.loadedWith(chunks.entry);
  const of = ({ source, texts }: (typeof pages)['event']): HeadStart => ({
    files: [...chunks.loadedWith(chunks.page(source))].filter((f) => !named.has(f)).map((f) => `/${f}`),
    texts: chunks.texts(texts),
  });
  return { discover: of(pages.discover), event: of(pages.event) };
};

/**
 * Builds src/headStart.ts and puts it into the document, where it runs while the app is still on its way; and lets what is small
 * come before the app's code, which is large: styles to paint with, and what a head start asks for.
 */
export const headStart = (): Plugin => {
  let root = '';
  return {
    name: 'head-start',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      root = config.root;
    },
    async generateBundle(_, bundle) {
      const file = join(root, 'src/headStart.ts');
      const { code } = await transformWithOxc(readFileSync(file, 'utf8'), file);
      const whole = `const BUILD = ${JSON.stringify(headStarts(bundle))};\n${code}`;
      const source = (await minify('headStart.js', whole, { module: true })).code;
      const name = this.getFileName(this.emitFile({ type: 'asset', name: 'headStart.js', source }));
      const document = bundle['index.html'];
      if (document?.type !== 'asset') throw new Error('the build has no document');
      document.source = String(document.source)
        .replaceAll(/<(?:script type="module"|link rel="modulepreload")/g, '$& fetchpriority="low"')
        .replace('<script', `<script type="module" async fetchpriority="high" src="/${name}"></script>\n    <script`);
    },
  };
};
