import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { now } from './clock';
import { useOnline } from './online';
import { asProblem, type Problem } from './problem';
import { shelf } from './storage';

/** Something as the API told it, kept on the device for when there is no network; at is when, in milliseconds since 1970. */
export interface Kept<T> {
  value: T;
  at: number;
}

const kept = shelf<Kept<unknown>>('bookings'); // signing out clears it

export const keep = (key: string, value: unknown, at = now()): Promise<void> => kept.set(key, { value, at });

export const forget = (key: string): Promise<void> => kept.drop(key);

export const readKept = async <T>(key: string): Promise<Kept<T> | undefined> => (await kept.get(key)) as Kept<T> | undefined;

/** All that is kept under keys that begin so. */
export const readAllKept = async <T>(start: string): Promise<Kept<T>[]> => {
  const keys = (await kept.keys()).filter((k) => k.startsWith(start));
  const found = await Promise.all(keys.map((k) => readKept<T>(k)));
  return found.filter((k) => k !== undefined);
};

/** What a page shows of one thing, from the API or else from the device. */
export interface Shown<T> {
  data: T | undefined;
  /** Neither has answered yet. */
  pending: boolean;
  /** Why the API's answer is missing, or old. */
  problem: Problem | undefined;
  /** When what is shown may be old: when it was true, in milliseconds since 1970. Nothing can be changed then. */
  asOf: number | undefined;
  retry: () => void;
}

/**
 * Shows a query's data, and keeps it under key; where the API does not answer, what was kept. A thing that the API says is gone
 * is forgotten.
 */
export const useKept = <T>(query: UseQueryResult<T, Error>, key: string | undefined): Shown<T> => {
  const online = useOnline();
  const { data, dataUpdatedAt } = query;
  const problem = query.error ? asProblem(query.error) : undefined;
  const gone = problem?.status === 404 || problem?.status === 403;
  const device = useQuery({
    queryKey: ['kept', key],
    queryFn: async () => (key === undefined ? undefined : await readKept<T>(key)) ?? null,
    enabled: data === undefined,
    networkMode: 'always',
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  useEffect(() => {
    if (key !== undefined && data !== undefined && !gone) void keep(key, data, dataUpdatedAt);
  }, [key, data, dataUpdatedAt, gone]);
  useEffect(() => {
    if (key !== undefined && gone) void forget(key);
  }, [key, gone]);

  const retry = () => void query.refetch();
  if (gone) return { data: undefined, pending: false, problem, asOf: undefined, retry };
  const failing = problem ?? (query.failureReason ? asProblem(query.failureReason) : undefined);
  const away = !online || query.fetchStatus === 'paused' || failing !== undefined;
  const shown = data ?? device.data?.value;
  const at = data === undefined ? device.data?.at : dataUpdatedAt;
  return {
    data: shown,
    pending: shown === undefined && (device.isPending || (query.isPending && query.fetchStatus !== 'paused')),
    problem: failing ?? (online ? undefined : asProblem(new TypeError('offline'))),
    asOf: away && shown !== undefined ? at : undefined,
    retry,
  };
};
