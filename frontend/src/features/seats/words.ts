import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Money } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { free, held, isAccessible, labelOf, type SeatTable } from './seatTable';
import type { SectionView } from './sections';
import type { Limit } from './selection';

export interface Place {
  row: string;
  number: number;
}

/** How sections, seats and limits are called in the reader's language. */
export const useWords = () => {
  const { t } = useTranslation('seats');
  const format = useFormat();
  return useMemo(() => {
    const range = (from: Money, to: Money) =>
      from.amount === to.amount ? format.money(from) : t('price.range', { from: format.money(from), to: format.money(to) });
    const price = ({ from, to }: Pick<SectionView, 'from' | 'to'>) => (from && to ? range(from, to) : '');
    const left = ({ state, free: n }: SectionView) => {
      if (state === 'soldOut' || state === 'held' || state === 'notOnSale') return t(`section.${state}`);
      if (n === undefined) return '';
      return state === 'few' ? t('section.few', { count: n }) : t('section.free', { count: n });
    };
    const seat = ({ row, number }: Place) => t('seat.name', { row, number: format.number(number) });
    return {
      range,
      price,
      left,
      seat,
      /** "Row C, seats 12, 13 and 14" as a list of seats. */
      seats: (places: Place[]) => format.list(places.map(seat)),
      /** What a screen reader says of a section: name, price, what is free. */
      section: (view: SectionView) => [view.name, price(view), left(view)].filter(Boolean).join(t('comma')),
      /** What a screen reader says of a seat; each is put together once. */
      seatTeller: (view: SectionView, table: SeatTable, chosen: ReadonlySet<number>, name?: string) => {
        const said = new Map<number, string>();
        const of = (i: number) => {
          const state = table.state[i];
          const word = chosen.has(i) ? 'chosen' : state === free ? 'free' : state === held ? 'held' : 'taken';
          const { row, number } = labelOf(table, i);
          return [
            name,
            t('row', { row }),
            t('seat.number', { number: format.number(number) }),
            isAccessible(table, i) && t('seat.accessible'),
            (word === 'free' || word === 'chosen') && price(view),
            t(`seat.${word}`),
          ]
            .filter(Boolean)
            .join(t('comma'));
        };
        return (i: number) => {
          const known = said.get(i) ?? of(i);
          said.set(i, known);
          return known;
        };
      },
      limit: ({ by, most }: Limit) => t(`limit.${by}`, { count: most }),
    };
  }, [t, format]);
};

export type Words = ReturnType<typeof useWords>;
