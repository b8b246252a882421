import { useEffect, useState } from 'react';
import { now } from '../../lib/clock';

/** Now, in milliseconds since 1970, anew each second. */
export const useNow = (): number => {
  const [at, setAt] = useState(now);
  useEffect(() => {
    const timer = setInterval(() => setAt(now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return at;
};
