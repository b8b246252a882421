import type { Availability, Event, Money, Row, Section, TicketType } from '../../api/gen/types.gen';

/** How many colours there are for prices; dearer sections than that share one with their neighbours. */
export const mostTiers = 6;

/** What a section offers for one event. */
export interface SectionView {
  id: string;
  name: string;
  kind: Section['kind'];
  rows: Row[];
  capacity: number;
  /** The ticket types that are on sale for it now; the first is what a seat gets unless another is chosen. */
  types: TicketType[];
  /** 0 is the dearest; absent where nothing is on sale. */
  tier?: number;
  from?: Money;
  to?: Money;
  /** Absent while it is not known. */
  free?: number;
  total?: number;
  /** held: all that is left is in baskets, and may come back. */
  state: 'free' | 'few' | 'held' | 'soldOut' | 'notOnSale';
  /** How many wheelchair places it has. */
  accessible: number;
}

const few = 0.1;

/** Whether a ticket type is sold at a time (milliseconds). */
export const onSale = (type: TicketType, now: number): boolean =>
  (!type.salesFrom || Date.parse(type.salesFrom) <= now) && (!type.salesUntil || now < Date.parse(type.salesUntil));

/** The organiser's first type goes first, unless it is one of which a person may have only some. */
const standardFirst = (types: TicketType[]): TicketType[] => {
  const standard = types.find((t) => !t.perPerson);
  return standard ? [standard, ...types.filter((t) => t !== standard)] : types;
};

const stateOf = (types: TicketType[], count?: { free: number; held: number; total: number }): SectionView['state'] => {
  if (types.length === 0) return 'notOnSale';
  if (!count || count.free >= Math.max(1, count.total * few)) return 'free';
  if (count.free > 0) return 'few';
  return count.held > 0 ? 'held' : 'soldOut';
};

/** The dearest price of a section's standard ticket first; each price a tier, as far as there are colours. */
export const tiersOf = (sections: { types: TicketType[] }[]): number[] =>
  [...new Set(sections.flatMap((s) => s.types[0]?.price.amount ?? []))].sort((a, b) => b - a);

export const tierOf = (prices: number[], amount: number): number => {
  const rank = prices.indexOf(amount);
  return prices.length <= mostTiers ? rank : Math.floor((rank * mostTiers) / prices.length);
};

/** The sections of an event's hall, in the hall's order, with what they offer now. */
export const sectionsOf = (
  event: Event,
  sections: Section[],
  availability: Availability | undefined,
  now: number,
): SectionView[] => {
  const views = sections.map((section): SectionView => {
    const types = standardFirst(event.ticketTypes.filter((t) => t.sectionIds.includes(section.id) && onSale(t, now)));
    const count = availability?.sections.find((c) => c.sectionId === section.id);
    const prices = types.map((t) => t.price).sort((a, b) => a.amount - b.amount);
    const rows = section.rows ?? [];
    return {
      id: section.id,
      name: section.name,
      kind: section.kind,
      rows,
      capacity: section.capacity ?? 0,
      types,
      ...(prices[0] && { from: prices[0] }),
      ...(prices.at(-1) && { to: prices.at(-1) }),
      ...(count && { free: count.free, total: count.total }),
      state: stateOf(types, count),
      accessible: rows.reduce((n, r) => n + (r.accessible?.length ?? 0), 0),
    };
  });
  const prices = tiersOf(views);
  for (const view of views) {
    const amount = view.types[0]?.price.amount;
    if (amount !== undefined) view.tier = tierOf(prices, amount);
  }
  return views;
};

/** What a tier costs, from its cheapest ticket to its dearest, and where. */
export interface Tier {
  tier: number;
  from: Money;
  to: Money;
  /** Its sections' names, in the hall's order. */
  names: string[];
}

export const legendOf = (sections: SectionView[]): Tier[] => {
  const tiers = new Map<number, Tier>();
  for (const { tier, name, from, to } of sections) {
    if (tier === undefined || !from || !to) continue;
    const known = tiers.get(tier);
    tiers.set(tier, {
      tier,
      from: known && known.from.amount < from.amount ? known.from : from,
      to: known && known.to.amount > to.amount ? known.to : to,
      names: [...(known?.names ?? []), name],
    });
  }
  return [...tiers.values()].sort((a, b) => a.tier - b.tier);
};
