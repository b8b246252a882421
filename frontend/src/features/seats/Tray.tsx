import { Button } from '@mantine/core';
import { useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { ChevronIcon, CloseIcon } from '../../ui/icons';
import type { SectionView } from './sections';
import { keyOf, limitOf, linesOf, places, totalOf } from './selection';
import classes from './Tray.module.css';
import { TrayItem } from './TrayItem';
import type { Choice } from './useChoice';
import { useWords } from './words';

interface Props {
  event: Event;
  sections: SectionView[];
  choice: Choice;
  /** Seats that would be left alone. */
  singles: { row: string; number: number }[];
  busy: boolean;
  offline: boolean;
  onContinue: () => void;
}

/** What is chosen and what it costs; it stays in view. */
export const Tray = ({ event, sections, choice, singles, busy, offline, onContinue }: Props) => {
  const { t } = useTranslation('seats');
  const format = useFormat();
  const words = useWords();
  const [open, setOpen] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  const id = useId();
  const { selection } = choice;
  const lines = linesOf(selection, event.ticketTypes);
  const total = totalOf(lines);
  const n = places(selection);
  const limit = limitOf(event);
  const typeOf = (typeId: string) => event.ticketTypes.find((x) => x.id === typeId);
  const typesIn = (sectionId: string) => sections.find((s) => s.id === sectionId)?.types ?? [];
  const gone = () => title.current?.focus(); // the button that had it is no more
  return (
    <section className={classes.tray} aria-labelledby={id} data-open={open && n > 0} data-empty={n === 0}>
      <h2 id={id} ref={title} tabIndex={-1} className={classes.title}>
        {t('tray.title')}
      </h2>
      <div className={classes.body}>
        {n === 0 && <p className={classes.empty}>{t('tray.empty')}</p>}
        <ul className={classes.items}>
          {selection.seats.map((seat) => {
            const type = typeOf(seat.typeId);
            return (
              <TrayItem
                key={keyOf(seat)}
                name={seat.section}
                place={words.seat(seat)}
                accessible={seat.accessible}
                type={type}
                types={typesIn(seat.sectionId).filter((x) => x === type || !x.perPerson || places(selection, x.id) < x.perPerson)}
                onType={(next) => choice.retype(keyOf(seat), next)}
                onRemove={() => {
                  choice.remove([seat]);
                  gone();
                }}
              />
            );
          })}
          {selection.counts.map((c) => {
            const type = typeOf(c.typeId);
            return (
              <TrayItem
                key={`${c.sectionId} ${c.typeId}`}
                name={c.section || t('tray.best')}
                place={t('tray.count', { count: c.quantity })}
                accessible={false}
                type={type}
                types={[]}
                onRemove={() => {
                  choice.count({ ...c, quantity: 0 });
                  gone();
                }}
              />
            );
          })}
        </ul>
        {singles.length > 0 && (
          <p className={classes.hint}>{t('tray.single', { count: singles.length, seats: words.seats(singles) })}</p>
        )}
        {lines.length > 0 && (
          <dl className={classes.lines}>
            {lines.map(({ type, quantity, sum }) => (
              <div key={type.id}>
                <dt>{t('tray.line', { quantity: format.number(quantity), name: type.name })}</dt>
                <dd>{format.money(sum)}</dd>
              </div>
            ))}
          </dl>
        )}
        {n > 0 && n >= limit.most && <p className={classes.hint}>{words.limit(limit)}</p>}
      </div>
      <div className={classes.foot}>
        <button type="button" className={classes.more} aria-expanded={open} disabled={n === 0} onClick={() => setOpen(!open)}>
          <span>
            {t('tray.places', { count: n })}
            {total && <b>{format.money(total)}</b>}
          </span>
          {n > 0 && (open ? <CloseIcon /> : <ChevronIcon />)}
        </button>
        <p className={classes.total}>
          <span>{t('tray.total')}</span>
          <b>{total ? format.money(total) : '–'}</b>
        </p>
        <Button size="lg" className={classes.go} disabled={n === 0 || offline} loading={busy} onClick={onContinue}>
          {t('tray.continue')}
        </Button>
        {offline && n > 0 && <p className={classes.hint}>{t('tray.offline')}</p>}
      </div>
    </section>
  );
};
