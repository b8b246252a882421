import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event, TicketType } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { lostOf, type Offer, offerFor } from './offers';
import type { SeatTable } from './seatTable';
import type { SectionView } from './sections';
import {
  addSeats,
  type ChosenCount,
  type ChosenSeat,
  keyOf,
  linesOf,
  places,
  removeSeats,
  retype,
  type Selection,
  setCount,
  totalOf,
} from './selection';
import { useWords } from './words';

/** The choice as it grows, and what is to be said about it. */
export const useChoice = (event: Event, begin: Selection) => {
  const { t } = useTranslation('seats');
  const format = useFormat();
  const words = useWords();
  const [selection, setSelection] = useState(begin);
  const [offer, setOffer] = useState<Offer>();
  const [said, say] = useState('');

  const sum = (of: Selection) => {
    const total = totalOf(linesOf(of, event.ticketTypes));
    return total ? t('tray.summary', { count: places(of), total: format.money(total) }) : t('tray.nothing');
  };

  const change = (next: Selection, what: string) => {
    setSelection(next);
    say([what, sum(next)].filter(Boolean).join(' '));
  };

  const add = (seats: Omit<ChosenSeat, 'typeId'>[], types: TicketType[]): ChosenSeat[] => {
    const result = addSeats(selection, event, types, seats);
    const added = result.added.length > 0 ? t('said.chosen', { seats: words.seats(result.added) }) : '';
    if (result.limit) {
      setSelection(result.selection);
      say([added, words.limit(result.limit)].filter(Boolean).join(' '));
    } else change(result.selection, added);
    return result.added;
  };

  const remove = (seats: { sectionId: string; row: string; number: number }[]) =>
    change(removeSeats(selection, new Set(seats.map(keyOf))), t('said.removed', { seats: words.seats(seats) }));

  return {
    selection,
    offer,
    said,
    say,
    add,
    remove,
    toggle: (seat: Omit<ChosenSeat, 'typeId'>, types: TicketType[]) => {
      if (selection.seats.some((s) => keyOf(s) === keyOf(seat))) remove([seat]);
      else add([seat], types);
    },
    count: (of: ChosenCount) => change(setCount(selection, of), ''),
    retype: (key: string, type: TicketType) => change(retype(selection, key, type), ''),
    dismiss: () => setOffer(undefined),
    /** Takes what was offered for seats that were lost. */
    accept: (sections: SectionView[]) => {
      let next = selection;
      for (const seat of offer?.instead ?? []) {
        const types = sections.find((s) => s.id === seat.sectionId)?.types ?? [];
        next = addSeats(next, event, types, [seat]).selection;
      }
      setOffer(undefined);
      change(next, offer ? t('said.chosen', { seats: words.seats(offer.instead) }) : '');
    },
    /** Gives up what others took meanwhile. */
    drop: (tables: ReadonlyMap<string, SeatTable>) => {
      const lost = lostOf(selection, tables);
      if (lost.length === 0) return;
      const kept = removeSeats(selection, new Set(lost.map(keyOf)));
      setSelection(kept);
      setOffer(offerFor([...(offer?.lost ?? []), ...lost], kept, tables));
    },
    /** Offers something else, after that was taken too. */
    reoffer: (tables: ReadonlyMap<string, SeatTable>) => setOffer(offer && offerFor(offer.lost, selection, tables)),
  };
};

export type Choice = ReturnType<typeof useChoice>;

/** Lets go of seats as soon as they are seen to be taken; and keeps what is offered instead true. */
export const useLosses = (choice: Choice, tables: ReadonlyMap<string, SeatTable>): void => {
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever seats or the choice change
  useEffect(() => choice.drop(tables), [tables, choice.selection]);
  const stale =
    choice.offer && lostOf({ seats: choice.offer.instead.map((s) => ({ ...s, typeId: '' })), counts: [] }, tables).length > 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  useEffect(() => {
    if (stale) choice.reoffer(tables);
  }, [stale]);
};
