import { useCallback, useEffect, useState } from 'react';
import { listEvents } from './api';
import type { Event } from './types';

interface State {
  events: Event[];
  next?: string;
  status: 'loading' | 'ready' | 'failed';
}

/** Upcoming events, page by page. load fetches the first page, the next one, or again what failed. */
export const useEvents = () => {
  const [state, setState] = useState<State>({ events: [], status: 'loading' });

  const fetchPage = useCallback(async (had: Event[], cursor?: string, signal?: AbortSignal) => {
    try {
      const page = await listEvents(cursor, signal);
      const known = new Set(had.map((e) => e.id));
      const events = [...had, ...page.items.filter((e) => !known.has(e.id))];
      setState({ events, status: 'ready', ...(page.nextCursor && { next: page.nextCursor }) });
    } catch {
      if (!signal?.aborted) setState({ events: had, status: 'failed', ...(cursor && { next: cursor }) });
    }
  }, []);

  useEffect(() => {
    const leaving = new AbortController();
    void fetchPage([], undefined, leaving.signal);
    return () => leaving.abort();
  }, [fetchPage]);

  const load = () => {
    setState({ ...state, status: 'loading' });
    void fetchPage(state.events, state.next);
  };
  return { ...state, load };
};
