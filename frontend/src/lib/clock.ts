let offset = 0;

/** Now, in milliseconds since 1970: the server's time as far as its answers told it. Tests fake it by fake timers. */
export const now = (): number => Date.now() + offset;

/** Learns the server's time from an answer's Date header, so that countdowns are right on devices whose clocks are not. */
export const learnTime = (date: string | null): void => {
  const server = date ? Date.parse(date) : Number.NaN;
  if (!Number.isFinite(server)) return;
  const difference = server - Date.now();
  offset = Math.abs(difference) < 2_000 ? 0 : difference; // the header counts whole seconds
};
