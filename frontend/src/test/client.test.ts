import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Where our own configuration is depends on where the client is. */
const ourConfig = /(?<=import \{ createClientConfig \} from )'[^']+'/;

const texts = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((f) => f.isFile())
      .map((f) => join(f.parentPath, f.name))
      .map((name) => [name.slice(folder.length + 1), readFileSync(name, 'utf8').replace(ourConfig, '')]),
  );

test('the client is what the contract gives; "npm run client" writes it', { timeout: 60_000 }, () => {
  const out = mkdtempSync(join(tmpdir(), 'myevents-client-'));
  try {
    execFileSync('node_modules/.bin/openapi-ts', { env: { ...process.env, MYEVENTS_API_OUT: out }, stdio: 'pipe' });
    expect(Object.keys(texts(out)).sort()).toEqual(Object.keys(texts('src/api/gen')).sort());
    expect(texts(out)).toEqual(texts('src/api/gen'));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
