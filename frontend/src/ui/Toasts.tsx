import { useSyncExternalStore } from 'react';
import classes from './Toasts.module.css';

interface Toast {
  id: number;
  text: string;
}

let toasts: readonly Toast[] = [];
let last = 0;
const listeners = new Set<() => void>();
const set = (next: readonly Toast[]) => {
  toasts = next;
  for (const tell of listeners) tell();
};
const subscribe = (tell: () => void) => {
  listeners.add(tell);
  return () => {
    listeners.delete(tell);
  };
};

const shownFor = 5_000; // milliseconds

/** Says for a moment that something is done; nothing that a person must not miss. */
export const toast = (text: string): void => {
  last += 1;
  const id = last;
  set([...toasts, { id, text }]);
  setTimeout(() => set(toasts.filter((t) => t.id !== id)), shownFor);
};

/** Where toasts appear; screen readers read each. */
export const Toasts = () => {
  const shown = useSyncExternalStore(subscribe, () => toasts);
  return (
    <div className={classes.toasts} role="status" aria-live="polite">
      {shown.map((t) => (
        <p key={t.id} className={classes.toast}>
          {t.text}
        </p>
      ))}
    </div>
  );
};
