import { onlineManager, type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { checkIn } from '../../api/gen/sdk.gen';
import { asProblem } from '../../lib/problem';
import { accessToken, currentSession } from '../../lib/session';
import { keepRecord, recordsQuery, type ScanRecord } from './records';

/** Scans of somebody else that the account may not tell, "account scan": they wait for one that may. */
const foreign = new Set<string>();
const nameOf = (record: ScanRecord) => `${currentSession().person?.id} ${record.id}`;

const told = async (record: ScanRecord): Promise<ScanRecord | undefined> => {
  const { sync: _, ...settled } = record;
  try {
    const answer = await checkIn({
      body: { eventId: record.eventId, code: record.text, scanId: record.id, scannedAt: new Date(record.at).toISOString() },
    });
    return answer.result === 'admitted' ? settled : { ...record, sync: 'conflict', answer };
  } catch (thrown) {
    const problem = asProblem(thrown);
    if (problem.passing || problem.status === 401) return undefined;
    if ((problem.status === 403 || problem.status === 404) && record.by !== currentSession().person?.id) {
      foreign.add(nameOf(record));
      return record;
    }
    return { ...record, sync: 'conflict', problem: problem.code };
  }
};

let running: Promise<boolean> | undefined;

/** Tells the server what was decided without it, in order. False: nothing could be told, or nobody is signed in. */
export const syncScans = (client: QueryClient): Promise<boolean> => {
  running ??= (async () => {
    try {
      const records = await client.ensureQueryData(recordsQuery);
      const due = records.filter((r) => r.sync === 'waiting' && !foreign.has(nameOf(r)));
      for (const record of due) {
        const next = accessToken() ? await told(record) : undefined;
        if (!next) return false;
        if (next !== record) await keepRecord(client, next);
      }
      return due.length > 0;
    } finally {
      running = undefined;
    }
  })();
  return running;
};

const pause = 10_000; // milliseconds between two tries

/** Syncs whenever there is something to tell and a way to tell it, for as long as a page of the door is open. */
export const useSync = (onDone?: (reached: boolean) => void): void => {
  const client = useQueryClient();
  const { data: records } = useQuery(recordsQuery);
  const waiting = records?.filter((r) => r.sync === 'waiting').length ?? 0;
  useEffect(() => {
    if (waiting === 0) return;
    const go = () => {
      if (onlineManager.isOnline()) void syncScans(client).then(onDone);
    };
    go();
    const timer = setInterval(go, pause);
    const stop = onlineManager.subscribe(go);
    return () => {
      clearInterval(timer);
      stop();
    };
  }, [client, waiting, onDone]);
};
