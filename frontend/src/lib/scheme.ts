import { useSyncExternalStore } from 'react';
import { readStored, writeStored } from './storage';

/** Light, dark, or as the device is. */
export type Scheme = 'light' | 'dark' | 'auto';

const stored = 'scheme';
const listeners = new Set<() => void>();
const dark = () => window.matchMedia('(prefers-color-scheme: dark)');

export const chosenScheme = (): Scheme => {
  const scheme = readStored<Scheme>(stored);
  return scheme === 'light' || scheme === 'dark' ? scheme : 'auto';
};

/** Marks the document, which every colour goes by, and tells who asks. */
export const applyScheme = (): void => {
  const scheme = chosenScheme();
  document.documentElement.dataset.mantineColorScheme = scheme === 'auto' ? (dark().matches ? 'dark' : 'light') : scheme;
  for (const tell of listeners) tell();
};

export const chooseScheme = (scheme: Scheme): void => {
  writeStored(stored, scheme);
  applyScheme();
};

const subscribe = (tell: () => void) => {
  const device = dark();
  listeners.add(tell);
  device.addEventListener('change', applyScheme);
  return () => {
    listeners.delete(tell);
    device.removeEventListener('change', applyScheme);
  };
};

export const useScheme = (): Scheme => useSyncExternalStore(subscribe, chosenScheme);
