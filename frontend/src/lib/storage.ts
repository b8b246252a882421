import { createStore, del, get, keys, set } from 'idb-keyval';

const prefix = 'myevents.';

/** Reads a small value of localStorage; undefined where there is none, or storage is blocked or broken. */
export const readStored = <T>(key: string): T | undefined => {
  try {
    const text = localStorage.getItem(prefix + key);
    return text === null ? undefined : (JSON.parse(text) as T);
  } catch {
    return undefined;
  }
};

export const writeStored = (key: string, value: unknown): void => {
  try {
    localStorage.setItem(prefix + key, JSON.stringify(value));
  } catch {
    // Full or blocked: the app works without, it only forgets.
  }
};

export const dropStored = (key: string): void => {
  try {
    localStorage.removeItem(prefix + key);
  } catch {
    // As above.
  }
};

export const storedKeys = (start: string): string[] => {
  try {
    return Object.keys(localStorage)
      .filter((k) => k.startsWith(prefix + start))
      .map((k) => k.slice(prefix.length));
  } catch {
    return [];
  }
};

/** Larger things, for use without a network, in IndexedDB: one database per kind. */
export interface Shelf<T> {
  get(key: string): Promise<T | undefined>;
  set(key: string, value: T): Promise<void>;
  drop(key: string): Promise<void>;
  keys(): Promise<string[]>;
  clear(): Promise<void>;
}

/** Opens lazily; where IndexedDB is missing or blocked, reads find nothing and writes do nothing. */
export const shelf = <T>(kind: string): Shelf<T> => {
  let store: ReturnType<typeof createStore> | undefined;
  const open = () => {
    store ??= createStore(`myevents-${kind}`, kind);
    return store;
  };
  const or = async <R>(work: () => Promise<R>, otherwise: R): Promise<R> => {
    try {
      return await work();
    } catch {
      return otherwise;
    }
  };
  const own = async () => (await keys(open())).map(String);
  return {
    get: (key) => or(() => get<T>(key, open()), undefined),
    set: (key, value) => or(() => set(key, value, open()), undefined),
    drop: (key) => or(() => del(key, open()), undefined),
    keys: () => or(own, []),
    clear: () =>
      or(async () => {
        for (const key of await own()) await del(key, open());
      }, undefined),
  };
};
