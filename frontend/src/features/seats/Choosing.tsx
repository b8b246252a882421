import { Button } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Availability, Event } from '../../api/gen/types.gen';
import { useOnline } from '../../lib/online';
import { asProblem, type Problem } from '../../lib/problem';
import type { Purchase } from '../../lib/purchase';
import { readStored, writeStored } from '../../lib/storage';
import { ListIcon, SeatIcon } from '../../ui/icons';
import { Notice } from '../../ui/Notice';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { singlesLeft } from './adjacency';
import classes from './Choosing.module.css';
import { Overview } from './Overview';
import { chosenIn } from './offers';
import { keeps, proceed } from './proceed';
import { SectionSeats } from './SectionSeats';
import { Standing } from './Standing';
import type { SeatsSearch } from './search';
import { useSeatTables } from './seats';
import { labelOf, type SeatTable } from './seatTable';
import type { SectionView } from './sections';
import { type Selection, selectionOf } from './selection';
import { Tray } from './Tray';
import tiers from './tiers.module.css';
import { useChoice, useLosses } from './useChoice';
import { useWords } from './words';

interface Props {
  event: Event;
  sections: SectionView[];
  availability: Availability | undefined;
  search: SeatsSearch;
  /** What was chosen before, to be changed. */
  before: Purchase | undefined;
}

const storedList = 'seats.list';
const many = 14; // sections

const singlesOf = (tables: ReadonlyMap<string, SeatTable>, selection: Selection) =>
  [...tables].flatMap(([id, table]) => singlesLeft(table, chosenIn(table, selection, id)).map((i) => labelOf(table, i)));

/** The choice of places in a hall: its sections, or one of them, and beside it what is chosen. */
export const Choosing = ({ event, sections, availability, search, before }: Props) => {
  const { t } = useTranslation(['seats', 'common']);
  const words = useWords();
  const navigate = useNavigate();
  const online = useOnline();
  const [wanted, setWanted] = useState(() => readStored<boolean>(storedList));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const choice = useChoice(event, useState(() => selectionOf(before?.items ?? [], sections))[0]);
  const only = sections.filter((s) => s.types.length > 0).length === 1 && sections.length === 1 ? sections[0] : undefined;
  const section = only ?? sections.find((s) => s.id === search.section && s.types.length > 0);
  const watched = [
    ...new Set([...(section?.kind === 'seated' ? [section.id] : []), ...choice.selection.seats.map((s) => s.sectionId)]),
  ].sort();
  const live = useSeatTables(event.id, watched, availability, keeps(before) ? before?.hold?.seats : undefined);
  useLosses(choice, live.tables);

  const open = (sectionId: string | undefined) =>
    void navigate({
      to: '/events/$eventId/seats',
      params: { eventId: event.id },
      search: ({ purchase }) => ({ ...(purchase && { purchase }), ...(sectionId && { section: sectionId }) }),
      resetScroll: false,
    });
  // Many sections on a small screen are too small to be hit: those begin as a list.
  const small = !section && sections.length > many && window.matchMedia('(max-width: 40rem)').matches;
  const asList = wanted ?? small;
  const list = (value: boolean) => {
    setWanted(value);
    writeStored(storedList, value);
  };
  const go = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      const purchase = await proceed(event.id, choice.selection, before);
      // Whoever comes back finds what was chosen.
      await navigate({
        to: '/events/$eventId/seats',
        params: { eventId: event.id },
        search: { ...(search.section && { section: search.section }), purchase: purchase.id },
        replace: true,
      });
      await navigate({ to: '/events/$eventId/checkout', params: { eventId: event.id }, search: { purchase: purchase.id } });
    } catch (thrown) {
      setProblem(asProblem(thrown));
    } finally {
      setBusy(false);
    }
  };

  const { offer } = choice;
  const result = section && live.resultOf(section.id);
  return (
    <div className={[classes.columns, tiers.tiers].join(' ')}>
      <div className={classes.hall}>
        <div className={classes.bar}>
          {section && !only && (
            <Link
              to="/events/$eventId/seats"
              params={{ eventId: event.id }}
              search={search.purchase ? { purchase: search.purchase } : {}}
              resetScroll={false}
            >
              {t('overview.back')}
            </Link>
          )}
          {!section && <p className={classes.lead}>{t('overview.hint')}</p>}
          {(section?.kind === 'seated' || !section) && (
            <fieldset className={classes.views}>
              <legend className="visually-hidden">{t('view.label')}</legend>
              <button type="button" aria-pressed={!asList} onClick={() => list(false)}>
                <SeatIcon />
                {t('view.map')}
              </button>
              <button type="button" aria-pressed={asList} onClick={() => list(true)}>
                <ListIcon />
                {t('view.list')}
              </button>
            </fieldset>
          )}
        </div>
        {section && (
          <div className={classes.heading}>
            <h2>{section.name}</h2>
            <p>
              <b>{words.price(section)}</b>
              <span>{words.left(section)}</span>
            </p>
          </div>
        )}
        {search.lost && !offer && <Notice kind="warn" title={t('lost.before')} />}
        {offer && (
          <Notice kind="warn" title={t('lost.title', { count: offer.lost.length, seats: words.seats(offer.lost) })}>
            {offer.instead.length > 0 && (
              <>
                <span>{t('lost.instead', { seats: words.seats(offer.instead) })}</span>
                <span className={classes.answers}>
                  <Button size="sm" onClick={() => choice.accept(sections)}>
                    {t('lost.take', { count: offer.instead.length })}
                  </Button>
                  <Button size="sm" variant="default" onClick={choice.dismiss}>
                    {t('lost.dismiss')}
                  </Button>
                </span>
              </>
            )}
            {offer.instead.length === 0 && (
              <Button size="sm" variant="default" onClick={choice.dismiss}>
                {t('common:close')}
              </Button>
            )}
          </Notice>
        )}
        {!section && <Overview event={event} sections={sections} choice={choice} asList={asList} onOpen={open} />}
        {section?.kind === 'standing' && <Standing event={event} section={section} sections={sections} choice={choice} />}
        {section?.kind === 'seated' && (
          <SectionSeats
            key={section.id}
            event={event}
            section={section}
            table={live.tables.get(section.id)}
            error={result?.error}
            onRetry={() => void result?.refetch()}
            choice={choice}
            asList={asList}
          />
        )}
      </div>
      <div className={classes.side}>
        {problem && <ProblemNotice problem={problem} onRetry={() => void go()} focus />}
        <Tray
          event={event}
          sections={sections}
          choice={choice}
          singles={singlesOf(live.tables, choice.selection)}
          busy={busy}
          offline={!online}
          onContinue={() => void go()}
        />
      </div>
      <p className="visually-hidden" role="status">
        {choice.said}
      </p>
    </div>
  );
};
