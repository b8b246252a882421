import { useEffect } from 'react';

/** Keeps the screen on for as long as the page is shown, where the browser can. */
export const useWakeLock = (): void => {
  useEffect(() => {
    let lock: WakeLockSentinel | undefined;
    let gone = false;
    const hold = async () => {
      if (document.hidden) return;
      try {
        const held = await navigator.wakeLock?.request('screen');
        if (gone) await held?.release();
        else lock = held;
      } catch {
        // The battery is low, or the browser does not want to.
      }
    };
    void hold();
    document.addEventListener('visibilitychange', hold); // a hidden page loses it
    return () => {
      gone = true;
      document.removeEventListener('visibilitychange', hold);
      void lock?.release().catch(() => undefined);
    };
  }, []);
};
