import { type QueryClient, queryOptions } from '@tanstack/react-query';
import type { CheckIn } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { shelf } from '../../lib/storage';
import type { Verdict } from './decide';

/** One scan, as this device remembers it. */
export interface ScanRecord {
  /** Also the server's name of it, so that telling it twice does nothing twice. */
  id: string;
  eventId: string;
  /** Who was at the door: a user's id. */
  by: string;
  /** In milliseconds since 1970. */
  at: number;
  text: string;
  /** The ticket's name on this device, where the code names one. */
  ticket?: string;
  verdict: Verdict;
  /** waiting: the server is yet to be told. conflict: it was, and would not have let the person in. */
  sync?: 'waiting' | 'conflict';
  /** What the server said instead; without it, the code of the problem. */
  answer?: CheckIn;
  problem?: string;
}

const kept = shelf<ScanRecord>('doorScans');
const shift = 12 * 60 * 60 * 1000; // milliseconds for which scans are remembered that need no more doing

/** All scans that this device remembers, oldest first. */
export const recordsQuery = queryOptions({
  queryKey: ['doorScans'],
  queryFn: async () => {
    const records: ScanRecord[] = [];
    for (const id of await kept.keys()) {
      const record = await kept.get(id);
      if (!record) continue;
      if (!record.sync && record.at < now() - shift) await kept.drop(id);
      else records.push(record);
    }
    return records.sort((a, b) => a.at - b.at);
  },
  networkMode: 'always',
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
});

/** Adds a record, or replaces the one of its id; on disk when it returns. */
export const keepRecord = async (client: QueryClient, record: ScanRecord): Promise<void> => {
  await client.ensureQueryData(recordsQuery);
  client.setQueryData(recordsQuery.queryKey, (all = []) =>
    [...all.filter((r) => r.id !== record.id), record].sort((a, b) => a.at - b.at),
  );
  await kept.set(record.id, record);
};
