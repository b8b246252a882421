import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import type { Event, TicketType } from '../../api/gen/types.gen';
import { bestTogether } from './adjacency';
import { BestTogether } from './BestTogether';
import { HallMap } from './HallMap';
import { frontOf } from './hallBands';
import { PriceLegend } from './Legend';
import { chosenIn, seatOf } from './offers';
import { SectionList } from './SectionList';
import classes from './SectionSeats.module.css';
import { planOf } from './seatPlan';
import { seatsQuery } from './seats';
import type { SectionView } from './sections';
import { places, room } from './selection';
import type { Choice } from './useChoice';

interface Props {
  event: Event;
  sections: SectionView[];
  choice: Choice;
  asList: boolean;
  onOpen: (sectionId: string) => void;
}

const tries = 4; // sections that are read for the best seats; beyond that the server looks

/** All sections of the hall: choose one, or let the best seats together be found. */
export const Overview = ({ event, sections, choice, asList, onOpen }: Props) => {
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const { selection } = choice;
  const latest = useRef(choice); // what is chosen may change while seats are looked for
  latest.current = choice;
  const here = (sectionId: string) =>
    places({
      seats: selection.seats.filter((s) => s.sectionId === sectionId),
      counts: selection.counts.filter((c) => c.sectionId === sectionId),
    });
  const seated = sections.filter((s) => s.kind === 'seated' && s.types.length > 0);
  const types = event.ticketTypes.filter((x) => seated.some((s) => s.types.includes(x)));

  const find = async (n: number, type: TicketType | undefined) => {
    if (!type) return;
    setBusy(true);
    try {
      const fitting = seated.filter((s) => s.types.includes(type) && (s.free ?? n) >= n);
      for (const section of fitting.slice(0, tries)) {
        const table = await queries
          .fetchQuery({ ...seatsQuery(event.id, section.id), staleTime: 0, networkMode: 'always' })
          .catch(() => undefined);
        if (!table) break;
        const taken = chosenIn(table, latest.current.selection, section.id);
        const found = bestTogether(table, planOf(table), n, { taken, accessible: false });
        if (!found) continue;
        const order = [type, ...section.types.filter((x) => x !== type)];
        latest.current.add(
          found.map((i) => seatOf(table, section, i)),
          order,
        );
        onOpen(section.id);
        return;
      }
      // Whoever has all counts at hand finds what a few tries did not.
      latest.current.count({
        sectionId: '',
        section: '',
        typeId: type.id,
        quantity: Math.min(n, room(latest.current.selection, event, type)),
        seated: true,
      });
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className={classes.section}>
      {types.length > 0 && sections.length > 1 && (
        <div className={classes.tools}>
          <BestTogether
            most={Math.max(...types.map((x) => room(selection, event, x)))}
            types={types}
            busy={busy}
            onFind={(n, type) => void find(n, type)}
          />
        </div>
      )}
      {asList ? (
        <SectionList sections={sections} chosenIn={here} onOpen={onOpen} />
      ) : (
        <>
          <HallMap sections={sections} front={frontOf(event.category)} chosenIn={here} onOpen={onOpen} />
          <PriceLegend sections={sections} />
        </>
      )}
    </div>
  );
};
