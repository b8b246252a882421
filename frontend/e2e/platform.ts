import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const bin = resolve(import.meta.dirname, '../../bin');

/** What "make build" built, or others: MYEVENTS_TEST_SERVER and MYEVENTS_TEST_CTL. */
export const programs = {
  server: process.env.MYEVENTS_TEST_SERVER ?? join(bin, 'server'),
  ctl: process.env.MYEVENTS_TEST_CTL ?? join(bin, 'myeventsctl'),
};

const freePort = (): Promise<number> =>
  new Promise((done, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => (address && typeof address === 'object' ? done(address.port) : failed(new Error('no port'))));
    });
  });

export type Role = 'attendee' | 'organiser' | 'staff' | 'admin';

/** The whole platform, as "make run" starts it, with demo data, on a store of its own that goes with it. */
export interface Platform {
  url: string;
  /** A bearer token of somebody; the same e-mail is the same person. */
  token(email: string, role?: Role, organisation?: string): string;
  /** Waits until all of the demo is there, which a server fills in while it serves. */
  filled(): Promise<void>;
  /** The end of what the server wrote. */
  log(): string;
  stop(): Promise<void>;
}

const patience = 60_000; // milliseconds
const pause = () => new Promise((done) => setTimeout(done, 50));

const ready = async (url: string, process: ChildProcess, log: () => string) => {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    if (process.exitCode !== null) break;
    try {
      if ((await fetch(`${url}/readyz`)).ok) return;
    } catch {
      // Not listening yet.
    }
    await pause();
  }
  throw new Error(`the server did not start:\n${log()}`);
};

/** Starts the built server; settings are environment variables. Programs: make build. */
export const startPlatform = async (settings: Record<string, string> = {}): Promise<Platform> => {
  const folder = mkdtempSync(join(tmpdir(), 'myevents-browser-'));
  const [port, admin] = [await freePort(), await freePort()];
  const env = { PATH: process.env.PATH ?? '', MYEVENTS_STORE: `embedded:${folder}` };
  const logFile = join(folder, 'log');
  const child = spawn('sh', ['-c', 'exec "$0" > "$1" 2>&1', programs.server, logFile], {
    env: { ...env, MYEVENTS_ADDR: `127.0.0.1:${port}`, MYEVENTS_ADMIN_ADDR: `127.0.0.1:${admin}`, ...settings },
    stdio: 'ignore',
  });
  const written = () => {
    try {
      return readFileSync(logFile, 'utf8');
    } catch {
      return '';
    }
  };
  const log = () => written().slice(-20_000);
  const url = `http://127.0.0.1:${port}`;
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((done) => child.once('exit', done));
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(url, child, log);
  } catch (reason) {
    await stop();
    throw reason;
  }
  const tokens = new Map<string, string>();
  const token = (email: string, role: Role = 'attendee', organisation = 'demo') => {
    const key = [email, role, organisation].join();
    const made =
      tokens.get(key) ??
      execFileSync(programs.ctl, ['token', '--email', email, '--role', role, '--org', organisation], {
        env,
        encoding: 'utf8',
      }).trim();
    tokens.set(key, made);
    return made;
  };
  const filled = async () => {
    for (const end = Date.now() + patience; !written().includes('"demo data is in"'); await pause()) {
      if (Date.now() > end) throw new Error(`the demo was not filled in:\n${log()}`);
    }
  };
  return { url, token, filled, log, stop };
};
