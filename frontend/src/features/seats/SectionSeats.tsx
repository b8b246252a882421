import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { asProblem } from '../../lib/problem';
import { Checkbox } from '../../ui/Checkbox';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { bestApart, bestTogether } from './adjacency';
import { BestTogether } from './BestTogether';
import { frontOf } from './hallBands';
import { SeatLegend } from './Legend';
import { chosenIn, seatOf } from './offers';
import { SeatList } from './SeatList';
import { SeatMap } from './SeatMap';
import classes from './SectionSeats.module.css';
import { planOf } from './seatPlan';
import { isFree, type SeatTable } from './seatTable';
import type { SectionView } from './sections';
import { room } from './selection';
import type { Choice } from './useChoice';
import { Waiting } from './Waiting';
import { useWords } from './words';

interface Props {
  event: Event;
  section: SectionView;
  table: SeatTable | undefined;
  error: Error | null | undefined;
  onRetry: () => void;
  choice: Choice;
  asList: boolean;
}

/** A section with seats: the map or the list, and what helps to choose. */
export const SectionSeats = ({ table, error, onRetry, ...rest }: Props) => {
  if (table) return <Seats table={table} {...rest} />;
  if (error) return <ProblemNotice problem={asProblem(error)} onRetry={onRetry} />;
  return <Waiting />;
};

const Seats = ({ event, section, table, choice, asList }: Omit<Props, 'table' | 'error' | 'onRetry'> & { table: SeatTable }) => {
  const { t } = useTranslation('seats');
  const words = useWords();
  const { selection } = choice;
  const [accessibleOnly, setAccessibleOnly] = useState(false);
  const [missing, setMissing] = useState<number>();
  const key = selection.seats
    .filter((s) => s.sectionId === section.id)
    .map((s) => `${s.row}/${s.number}`)
    .join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the same seats are the same set
  const chosen = useMemo(() => chosenIn(table, selection, section.id), [key, table, section.id]);
  // Where one begins: at what is chosen, else at the best seat that one may choose.
  const best = () => [...chosen][0] ?? bestApart(table, planOf(table), 1, { taken: chosen, accessible: accessibleOnly })[0] ?? 0;
  const [at, setAt] = useState(best);
  const [look, setLook] = useState<number[]>(() => [...chosen]);
  const describe = useMemo(() => words.seatTeller(section, table, chosen, section.name), [words, section, table, chosen]);
  const short = useMemo(() => words.seatTeller(section, table, chosen), [words, section, table, chosen]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was missing may be there now
  useEffect(() => setMissing(undefined), [table, chosen]);

  const toggle = (i: number) => {
    if (isFree(table, i) || chosen.has(i)) choice.toggle(seatOf(table, section, i), section.types);
    else choice.say(describe(i));
  };
  const take = (seats: number[]) => {
    choice.add(
      seats.map((i) => seatOf(table, section, i)),
      section.types,
    );
    setLook(seats);
    setAt(seats[0] ?? at);
  };
  const wish = { taken: chosen, accessible: accessibleOnly };
  const most =
    section.types.length > 0
      ? Math.min(Math.max(...section.types.map((x) => room(selection, event, x))), section.free ?? table.size)
      : 0;
  return (
    <div className={classes.section} data-tier={section.tier}>
      <div className={classes.tools}>
        <BestTogether
          most={most}
          types={[]}
          missing={missing}
          onFind={(n) => {
            const found = bestTogether(table, planOf(table), n, wish);
            if (found) take(found);
            else setMissing(n);
          }}
          onApart={(n) => {
            setMissing(undefined);
            take(bestApart(table, planOf(table), n, wish));
          }}
        />
        {section.accessible > 0 && (
          <Checkbox
            className={classes.filter}
            label={t('filter.accessible')}
            checked={accessibleOnly}
            onChange={(e) => {
              const only = e.currentTarget.checked;
              setAccessibleOnly(only);
              const first = bestApart(table, planOf(table), 1, { taken: chosen, accessible: only })[0];
              if (first !== undefined) setAt(first);
            }}
          />
        )}
      </div>
      {asList ? (
        <SeatList
          name={section.name}
          table={table}
          chosen={chosen}
          accessibleOnly={accessibleOnly}
          at={at}
          describe={describe}
          onToggle={toggle}
        />
      ) : (
        <SeatMap
          name={section.name}
          table={table}
          tier={section.tier ?? 0}
          front={t(`front.${frontOf(event.category)}`)}
          chosen={chosen}
          accessibleOnly={accessibleOnly}
          look={look}
          legend={<SeatLegend section={section} />}
          at={at}
          describe={describe}
          short={short}
          onToggle={toggle}
        />
      )}
    </div>
  );
};
