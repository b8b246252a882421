import type { Rollup } from 'vite';

/** A build's chunks of code, found by what they were made of. */
export class Chunks {
  readonly all: Rollup.OutputChunk[];

  constructor(private readonly bundle: Rollup.OutputBundle) {
    this.all = Object.values(bundle).filter((c) => c.type === 'chunk');
  }

  get entry(): Rollup.OutputChunk {
    const entry = this.all.find((c) => c.isEntry);
    if (!entry) throw new Error('the build has no entry');
    return entry;
  }

  /** Scripts that were made apart from all chunks. */
  get scripts(): string[] {
    return Object.keys(this.bundle).filter((file) => /^assets\/.+\.js$/.test(file) && this.bundle[file]?.type === 'asset');
  }

  /** The chunk of a page, by its source: "/src/features/scan/ScanPage.tsx". */
  page(source: string): Rollup.OutputChunk {
    const chunk = this.all.find((c) => c.facadeModuleId?.endsWith(source));
    if (!chunk) throw new Error(`${source} has no chunk: is it still a route?`);
    return chunk;
  }

  /** The paths of some features' texts, by language. */
  texts(features: string[]): Record<string, string[]> {
    const source = new RegExp(`/src/locales/(\\w+)/(?:${features.join('|')})\\.json$`);
    const byLanguage: Record<string, string[]> = {};
    for (const chunk of this.all) {
      const language = source.exec(chunk.facadeModuleId ?? '')?.[1];
      if (!language) continue;
      byLanguage[language] ??= [];
      byLanguage[language].push(`/${chunk.fileName}`);
    }
    return byLanguage;
  }

  /** The files that are loaded at once with some chunks, these included. */
  loadedWith(...chunks: Rollup.OutputChunk[]): Set<string> {
    const files = new Set<string>();
    const add = (chunk: Rollup.OutputChunk) => {
      if (files.has(chunk.fileName)) return;
      files.add(chunk.fileName);
      for (const css of chunk.viteMetadata?.importedCss ?? []) files.add(css);
      for (const name of chunk.imports) {
        const imported = this.bundle[name];
        if (imported?.type === 'chunk') add(imported);
      }
    };
    chunks.forEach(add);
    return files;
  }
}
