import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vitest/config';
import { headStart } from './scripts/headStart.ts';
import { serviceWorker } from './scripts/serviceWorker.ts';

const outDir = '../shared/webui/dist';

/** Writes x.br and x.gz beside every text file, so that the server never compresses anything itself. */
const precompress = (): Plugin => ({
  name: 'precompress',
  apply: 'build',
  closeBundle() {
    for (const entry of readdirSync(outDir, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.(js|css|html|svg)$/.test(entry.name)) continue;
      const file = join(entry.parentPath, entry.name);
      const body = readFileSync(file);
      if (body.length < 1024) continue;
      writeFileSync(`${file}.br`, brotliCompressSync(body));
      writeFileSync(`${file}.gz`, gzipSync(body, { level: 9 }));
    }
  },
});

export default defineConfig({
  resolve: { alias: [{ find: /^\.\.\/core\/serverSentEvents\.gen$/, replacement: resolve('src/api/noStreams.ts') }] },
  plugins: [react(), headStart(), serviceWorker(), precompress()],
  build: {
    outDir,
    emptyOutDir: true, // public/.gitkeep comes back with every build
    assetsInlineLimit: 0, // no data: URLs, so that the content security policy stays strict
    modulePreload: { polyfill: false },
    manifest: true, // for the test of what a page loads
    target: 'es2023',
    rolldownOptions: {
      output: {
        // The app lists all its files: 42 bits tell releases apart as well as 48 do.
        entryFileNames: 'assets/[name]-[hash:7].js',
        chunkFileNames: 'assets/[name]-[hash:7].js',
        assetFileNames: 'assets/[name]-[hash:7][extname]',
        // A request costs a phone more than a kilobyte does: one file for what every page needs, one for what many pages do.
        codeSplitting: {
          groups: [
            { name: 'frame', tags: ['$initial'], test: (id) => !id.endsWith('/main.tsx') && !id.endsWith('.html'), priority: 2 },
            { name: 'shared', minShareCount: 6, priority: 1 },
          ],
        },
      },
    },
  },
  css: { modules: { generateScopedName: '[name]_[local]_[hash:base64:4]' } },
  server: {
    proxy: Object.fromEntries(
      ['/v1', '/docs', '/openapi.json', '/art', '/.well-known', '/oauth', '/config.json'].map((path) => [
        path,
        { target: process.env.MYEVENTS_DEV_API ?? 'http://localhost:8080', changeOrigin: false },
      ]),
    ),
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
    restoreMocks: true,
    testTimeout: 20_000, // slow machines; nothing waits that long
    css: { modules: { classNameStrategy: 'non-scoped' } },
  },
});
