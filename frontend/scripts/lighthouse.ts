// lighthouse: judges the home page and the page of an event on a server of its own, as a phone sees them; fails below the goals.
// RUNS=n for another number than 3, of which the median counts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import { chromium, quiet } from '../e2e/chromium.ts';
import { startPlatform } from '../e2e/platform.ts';

const goals = { performance: 90, accessibility: 100, 'best-practices': 95 };
type Goal = keyof typeof goals;
const categories = Object.keys(goals) as Goal[];

const times = {
  'first-contentful-paint': 'FCP',
  'largest-contentful-paint': 'LCP',
  'total-blocking-time': 'TBT',
  'cumulative-layout-shift': 'CLS',
  'speed-index': 'SI',
};

const reports = '../.cache/lighthouse';
const runs = Number(process.env.RUNS ?? 3);

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** One visit by a browser that was never here before. */
const judge = async (url: string, name: string) => {
  const browser = await launch({ chromePath: chromium(), chromeFlags: ['--headless=new', ...quiet], logLevel: 'silent' });
  try {
    const result = await lighthouse(url, { port: browser.port, onlyCategories: categories, output: 'html', logLevel: 'error' });
    if (!result) throw new Error(`no report of ${url}`);
    writeFileSync(`${reports}/${name}.html`, String(result.report));
    return result.lhr;
  } finally {
    browser.kill();
  }
};

const failures: string[] = [];
mkdirSync(reports, { recursive: true });
const platform = await startPlatform();
try {
  await platform.filled();
  const answer = await fetch(`${platform.url}/v1/events?limit=1`);
  const { items } = (await answer.json()) as { items: { id: string }[] };
  if (!items[0]) throw new Error('the demo has no events');
  const pages = { home: '/', event: `/events/${items[0].id}` };
  for (const [name, path] of Object.entries(pages)) {
    const visits = [];
    for (let run = 1; run <= runs; run++) visits.push(await judge(platform.url + path, `${name}-${run}`));
    const scores = categories.map(
      (c) => [c, median(visits.map((v) => Math.round((v.categories[c]?.score ?? 0) * 100)))] as const,
    );
    const measured = Object.entries(times).map(([id, short]) => {
      const value = median(visits.map((v) => v.audits[id]?.numericValue ?? Number.NaN));
      return `${short} ${id === 'cumulative-layout-shift' ? value.toFixed(3) : `${Math.round(value)} ms`}`;
    });
    process.stdout.write(`${name}: ${scores.map(([c, s]) => `${c} ${s}`).join(', ')}; ${measured.join(', ')}\n`);
    for (const [category, score] of scores) {
      if (score >= goals[category]) continue;
      const why = visits.flatMap((v) =>
        (v.categories[category]?.auditRefs ?? [])
          .filter((r) => r.weight > 0 && (v.audits[r.id]?.score ?? 1) < 0.9)
          .map((r) => `${r.id} ${v.audits[r.id]?.displayValue ?? ''}`.trim()),
      );
      failures.push(`${name}: ${category} ${score}, goal ${goals[category]} (${[...new Set(why)].join('; ')})`);
    }
  }
} finally {
  await platform.stop();
}
for (const failure of failures) process.stderr.write(`lighthouse: ${failure}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;
