/** Milliseconds. */
export interface Spread {
  n: number;
  median: number;
  p95: number;
  worst: number;
}

export const spread = (values: number[]): Spread => {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { n: sorted.length, median: at(0.5), p95: at(0.95), worst: at(1) };
};

export const milliseconds = (ms: number): string => `${Math.round(ms * 10) / 10} ms`;

/** Prints a table as docs/performance.md has them. */
export const report = (title: string, rows: [what: string, spread: Spread][]): void => {
  const lines = rows.map(
    ([what, s]) => `| ${what} | ${s.n} | ${milliseconds(s.median)} | ${milliseconds(s.p95)} | ${milliseconds(s.worst)} |`,
  );
  process.stdout.write([`\n${title}`, '| | n | median | p95 | worst |', '|---|---|---|---|---|', ...lines, ''].join('\n'));
};
