import { asProblem, type Problem } from '../../lib/problem';

/** Thrown out of work that nobody waits for any more. */
export class Stopped extends Error {}

const longest = 15; // seconds between two tries

/** Milliseconds before the next try: what the server says, else longer each time, and never all at the same moment. */
export const backoff = (tries: number, problem: Problem): number =>
  (problem.retryAfter ?? Math.min(2 ** tries, longest)) * 1000 * (1 + Math.random() / 4);

/** Pauses that all end at once where waiting is over: the network is back, or a person presses "now". */
export const makePauses = () => {
  const ends = new Set<() => void>();
  return {
    pause: (milliseconds: number, signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        const end = () => {
          clearTimeout(timer);
          ends.delete(end);
          signal.removeEventListener('abort', end);
          if (signal.aborted) reject(new Stopped());
          else resolve();
        };
        const timer = setTimeout(end, milliseconds);
        ends.add(end);
        signal.addEventListener('abort', end);
        if (signal.aborted) end();
      }),
    wake: () => {
      for (const end of [...ends]) end();
    },
  };
};

export type Pauses = ReturnType<typeof makePauses>;

/**
 * Repeats a call until it succeeds. wait says after each failure how many milliseconds to wait, or undefined: the Problem
 * is thrown. Stopped is thrown, whatever the call came to, once the signal is given.
 */
export const insist = async <T>(
  { pause }: Pauses,
  signal: AbortSignal,
  call: () => Promise<T>,
  wait: (problem: Problem, tries: number) => number | undefined,
): Promise<T> => {
  for (let tries = 0; ; tries++) {
    try {
      const answer = await call();
      if (signal.aborted) throw new Stopped();
      return answer;
    } catch (thrown) {
      if (signal.aborted) throw new Stopped();
      const problem = asProblem(thrown);
      const milliseconds = wait(problem, tries);
      if (milliseconds === undefined) throw problem;
      await pause(milliseconds, signal);
    }
  }
};
