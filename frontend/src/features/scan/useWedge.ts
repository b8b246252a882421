import { useEffect, useRef } from 'react';

const gap = 300; // milliseconds; scanners type faster, people look for keys
const shortest = 8; // characters of what could be a code

/**
 * Listens for hand scanners, which type a code and Enter wherever the focus is. What is typed into a field is the field's.
 * A space that is no part of a code is onSpace's, which says whether it did something.
 */
export const useWedge = (onCode: (text: string) => void, onSpace: () => boolean): void => {
  const latest = useRef({ onCode, onSpace });
  latest.current = { onCode, onSpace };
  useEffect(() => {
    let typed = '';
    let last = 0;
    const onKey = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
      if (e.target instanceof Element && e.target.closest('input, textarea, select')) return;
      if (e.timeStamp - last > gap) typed = '';
      last = e.timeStamp;
      if ((e.key === 'Enter' || e.key === 'Tab') && typed.length >= shortest) {
        e.preventDefault(); // of the button that happens to have the focus
        e.stopPropagation();
        latest.current.onCode(typed);
        typed = '';
      } else if (e.key === ' ' && typed === '') {
        if (latest.current.onSpace()) e.preventDefault();
      } else if (e.key.length === 1) {
        typed += e.key;
      }
    };
    window.addEventListener('keydown', onKey, true);
    return () => window.removeEventListener('keydown', onKey, true);
  }, []);
};
