import { queryOptions, useQueries, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import { getSeats } from '../../api/gen/sdk.gen';
import type { Availability } from '../../api/gen/types.gen';
import { changes, findSeat, free, held, type SeatTable, sameLayout, tableOf } from './seatTable';

const often = 2_000; // milliseconds
const seldom = 10_000;
const large = 2_000; // seats: larger sections are read when their counts change, and seldom otherwise

/** The seats of a section, live while they are shown. The same object as long as nothing changes. */
export const seatsQuery = (eventId: string, sectionId: string) =>
  queryOptions({
    queryKey: ['seats', eventId, sectionId],
    queryFn: async ({ client, queryKey, signal }) => {
      const table = tableOf(await getSeats({ path: { eventId }, query: { section: sectionId }, signal }));
      const before = client.getQueryData<SeatTable>(queryKey);
      return before && sameLayout(before, table) && changes(before, table).length === 0 ? before : table;
    },
    structuralSharing: false,
    staleTime: 1_000,
    refetchInterval: (query) => ((query.state.data?.size ?? 0) > large ? seldom : often),
  });

/** What one holds oneself is free to be chosen again. */
export const withMine = (table: SeatTable, mine: { row?: string; number: number }[]): SeatTable => {
  const seats = mine.map((s) => findSeat(table, s.row ?? '', s.number)).filter((i) => table.state[i] === held);
  if (seats.length === 0) return table;
  const state = table.state.slice();
  for (const i of seats) state[i] = free;
  return { ...table, state };
};

/** The list of before, as long as the same things are in it. */
const useSame = <T>(list: T[]): T[] => {
  const before = useRef(list);
  if (list.length !== before.current.length || list.some((x, i) => x !== before.current[i])) before.current = list;
  return before.current;
};

type Own = { sectionId: string; row?: string; number: number }[];

/** The live seats of several sections by the section's id. */
export const useSeatTables = (
  eventId: string,
  sectionIds: string[],
  availability: Availability | undefined,
  mine: Own | undefined,
) => {
  const queries = useQueryClient();
  const results = useQueries({ queries: sectionIds.map((id) => seatsQuery(eventId, id)) });
  const counts = sectionIds
    .map((id) => {
      const c = availability?.sections.find((s) => s.sectionId === id);
      return c && (c.total ?? 0) > large ? `${id} ${c.free} ${c.held} ${c.sold}` : '';
    })
    .join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the counts of large sections change
  useEffect(() => {
    for (const id of sectionIds) {
      const data = queries.getQueryData<SeatTable>(['seats', eventId, id]);
      if (data && data.size > large) void queries.invalidateQueries({ queryKey: ['seats', eventId, id] });
    }
  }, [counts]);
  const tables = useSame(results.map((r) => r.data));
  const errors = useSame(results.map((r) => r.error));
  // biome-ignore lint/correctness/useExhaustiveDependencies: what came matters, not the results that hold it
  return useMemo(
    () => ({
      tables: new Map(
        sectionIds.flatMap((id, i) => {
          const own = mine?.filter((s) => s.sectionId === id) ?? [];
          return tables[i] ? [[id, withMine(tables[i], own)] as const] : [];
        }),
      ),
      resultOf: (id: string) => results[sectionIds.indexOf(id)],
    }),
    [sectionIds.join(), mine, tables, errors],
  );
};
