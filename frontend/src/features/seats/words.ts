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
    // A map has thousands of numbers: each is put into words once.
    const digits = new Intl.NumberFormat(format.locale, { useGrouping: false });
    const numbers: string[] = [];
    const number = (n: number) => {
      numbers[n] ??= digits.format(n);
      return numbers[n];
    };
    const seat = ({ row, number: n }: Place) => t('seat.name', { row, number: number(n) });
    return {
      range,
      price,
      number,
      left,
      seat,
      /** "Row C, seats 12, 13 and 14" as a list of seats. */
      seats: (places: Place[]) => format.list(places.map(seat)),
      /** What a screen reader says of a section: name, price, what is free. */
      section: (view: SectionView) => [view.name, price(view), left(view)].filter(Boolean).join(t('comma')),
      /** What a screen reader says of a seat; each is put together once. */
      seatTeller: (view: SectionView, table: SeatTable, chosen: ReadonlySet<number>, name?: string) => {
        const said = new Map<number, string>();
        const costs = price(view);
        const comma = t('comma');
        const of = (i: number) => {
          const state = table.state[i];
          const word = chosen.has(i) ? 'chosen' : state === free ? 'free' : state === held ? 'held' : 'taken';
          const { row, number: n } = labelOf(table, i);
          return [
            name,
            t('row', { row }),
            t('seat.number', { number: number(n) }),
            isAccessible(table, i) && t('seat.accessible'),
            (word === 'free' || word === 'chosen') && costs,
            t(`seat.${word}`),
          ]
            .filter(Boolean)
            .join(comma);
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
