import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

/** An element's width in CSS pixels, so that a drawing in it can keep the size of its letters. */
export const useWidth = <E extends HTMLElement>(before: number): [RefObject<E | null>, number] => {
  const ref = useRef<E>(null);
  const [width, setWidth] = useState(before);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setWidth(Math.max(200, Math.round(entry.contentRect.width)));
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, width];
};
