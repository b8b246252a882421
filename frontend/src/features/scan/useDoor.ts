import { onlineManager, useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { checkIn } from '../../api/gen/sdk.gen';
import type { Event } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { useOnline } from '../../lib/online';
import { asProblem, Problem } from '../../lib/problem';
import { useSession } from '../../lib/session';
import { readCode, type TicketCode } from './code';
import { decide, type Verdict, verdictOf } from './decide';
import { type DoorData, doorQuery, indexOf, keptDoorQuery } from './list';
import { keepRecord, recordsQuery, type ScanRecord } from './records';
import { isGenuine, prepareSignatures } from './signature';
import { useSync } from './sync';

const patience = 4_000; // milliseconds that somebody at the door waits for the server
const retreat = 15_000; // milliseconds for which a server that did not answer is not asked again

export interface Counts {
  inside: number;
  expected: number;
}

export interface Door {
  /** Undefined while nothing is known of it. */
  event: Event | undefined;
  /** Why nothing is known of it. */
  problem: Problem | undefined;
  retry(): void;
  /** Undefined while there is no list. */
  counts: Counts | undefined;
  /** Let in on this device by who is signed in, in the last hours. */
  mine: number;
  /** When the list was read; undefined: there is none. */
  listedAt: number | undefined;
  reachable: boolean;
  /** There is a network, but nobody is signed in since the page was opened without one. */
  signedOut: boolean;
  /** Scans at this event, newest first. */
  records: ScanRecord[];
  scan(text: string): Promise<ScanRecord>;
  /** Lets somebody in whose code this device could not place. */
  admitAnyway(record: ScanRecord): Promise<ScanRecord>;
  /** Takes a conflict off the list. */
  settle(record: ScanRecord): void;
}

/** Admits to one event, with and without a network. */
export const useDoor = (eventId: string): Door => {
  const client = useQueryClient();
  const { person, status } = useSession();
  const online = useOnline();
  const signedOut = online && status === 'remembered';
  const kept = useQuery(keptDoorQuery(eventId));
  const fresh = useQuery(doorQuery(eventId));
  const { data: all } = useQuery(recordsQuery);
  const [silentUntil, setSilentUntil] = useState(0); // the server did not answer; 0: it did
  const unanswered = useRef(new Map<string, string>()); // scan ids by ticket: no reply, and nobody let in
  const data: DoorData | undefined = fresh.data ?? kept.data ?? undefined;
  const { refetch } = fresh;

  useEffect(() => {
    void prepareSignatures();
  }, []);

  const listedAt = fresh.data?.at;
  useEffect(() => {
    if (listedAt) setSilentUntil(0);
  }, [listedAt]);

  const onSynced = useCallback(
    (reached: boolean) => {
      if (!reached) return;
      setSilentUntil(0);
      void refetch();
    },
    [refetch],
  );
  useSync(onSynced);

  const records = useMemo(() => (all ?? []).filter((r) => r.eventId === eventId).reverse(), [all, eventId]);
  const here = useMemo(
    () => new Map(records.filter((r) => r.ticket && r.verdict.result === 'admitted').map((r) => [r.ticket ?? '', r.at])),
    [records],
  );
  const index = useMemo(() => (data ? indexOf(data.bookings) : undefined), [data]);
  const counts = useMemo(() => {
    if (!index) return undefined;
    let since = 0; // let in here, and not yet on the list
    for (const ticket of here.keys()) {
      const [hold = '', number] = ticket.split('.');
      if (index.tickets.get(hold)?.[Number(number)]?.status !== 'checkedIn') since += 1;
    }
    return { inside: index.inside + since, expected: index.expected };
  }, [index, here]);
  const mine = records.filter((r) => r.by === person?.id && r.verdict.result === 'admitted').length;

  const locally = async (code: TicketCode): Promise<Verdict> => {
    const known = data && index && { event: data.event, index, here };
    try {
      const genuine = code.proof ? await isGenuine(code.proof, data?.keys ?? []) : false;
      return decide(code, genuine, known, now());
    } catch {
      // What verifies signatures could not be loaded: the code is worth what its short form is.
      const { proof: _, ...unproven } = code;
      return decide(unproven, false, known, now());
    }
  };

  const ask = async (code: TicketCode, scanId: string): Promise<Verdict | undefined> => {
    if (signedOut || !onlineManager.isOnline() || now() < silentUntil) return undefined;
    try {
      const signal = AbortSignal.timeout(patience);
      const verdict = verdictOf(await checkIn({ body: { eventId, code: code.text, scanId }, signal }));
      setSilentUntil(0);
      return verdict;
    } catch (thrown) {
      const { status } = asProblem(thrown);
      if (status === 403 || status === 404) return { result: 'refused', reason: 'notAllowed', at: now() };
      setSilentUntil(now() + retreat);
      return undefined;
    }
  };

  const scan = async (text: string): Promise<ScanRecord> => {
    const code = readCode(text);
    const id = (code && unanswered.current.get(code.ticket)) ?? crypto.randomUUID();
    const record: ScanRecord = {
      id,
      eventId,
      by: person?.id ?? '',
      at: now(),
      text: code?.text ?? '',
      verdict: { result: 'refused', reason: 'notACode', at: now() },
    };
    if (code) {
      record.ticket = code.ticket;
      unanswered.current.set(code.ticket, id);
      const answer = await ask(code, id);
      record.verdict = answer ?? (await locally(code));
      const { result } = record.verdict;
      if (answer || result === 'admitted' || result === 'alreadyIn') unanswered.current.delete(code.ticket);
      if (record.verdict.offline && record.verdict.result === 'admitted') record.sync = 'waiting';
    }
    await keepRecord(client, record);
    return record;
  };

  const admitAnyway = async (record: ScanRecord): Promise<ScanRecord> => {
    // The next scan of this ticket is another person's: under this id it would replace the record, or be admitted again.
    if (record.ticket) unanswered.current.delete(record.ticket);
    const { reason: _, ...verdict } = record.verdict;
    const admitted: ScanRecord = { ...record, verdict: { ...verdict, result: 'admitted' }, sync: 'waiting' };
    await keepRecord(client, admitted);
    return admitted;
  };

  const settle = (record: ScanRecord) => {
    const { sync: _, ...settled } = record;
    void keepRecord(client, settled);
  };

  const refused = fresh.error ? asProblem(fresh.error) : undefined;
  const nothing = !data && kept.isFetched && (refused || (fresh.fetchStatus === 'paused' && new Problem(0)));
  return {
    event: data?.event,
    problem: refused?.status === 403 || refused?.status === 404 ? refused : nothing || undefined,
    retry: () => void fresh.refetch(),
    counts,
    mine,
    listedAt: data?.at,
    reachable: online && silentUntil === 0 && !signedOut,
    signedOut,
    records,
    scan,
    admitAnyway,
    settle,
  };
};
