import { useCallback, useEffect, useRef } from 'react';

/**
 * Does things once nothing is pressed, at once where nothing is. Leaving a field by pressing a button shows what is wrong with
 * the field; were that shown at once, the button would move from under the mouse, and the click be lost.
 */
export const useAfterPress = (): ((then: () => void) => void) => {
  const pressed = useRef(false);
  const waiting = useRef<(() => void)[]>([]);
  useEffect(() => {
    const press = ({ target }: PointerEvent) => {
      pressed.current = !(target instanceof HTMLSelectElement); // whose list may swallow the end of it
    };
    const release = () => {
      pressed.current = false;
      const due = waiting.current;
      waiting.current = [];
      if (due.length === 0) return;
      setTimeout(() => {
        for (const then of due) then();
      }); // after the click
    };
    const ends = ['pointerup', 'pointercancel', 'keydown'] as const;
    window.addEventListener('pointerdown', press, true);
    for (const end of ends) window.addEventListener(end, release, true);
    return () => {
      window.removeEventListener('pointerdown', press, true);
      for (const end of ends) window.removeEventListener(end, release, true);
    };
  }, []);
  return useCallback((then) => {
    if (pressed.current) waiting.current.push(then);
    else then();
  }, []);
};
