import type { Event, Money, TicketType, WantItem } from '../../api/gen/types.gen';

/** How many places one hold may have, whoever asks. */
export const mostPlaces = 64;

/** A seat of a section that was chosen on the map. */
export interface ChosenSeat {
  sectionId: string;
  section: string;
  row: string;
  number: number;
  accessible: boolean;
  typeId: string;
}

/** So many places of a ticket type, which the server chooses: where people stand, or the best together. */
export interface ChosenCount {
  sectionId: string;
  section: string;
  typeId: string;
  quantity: number;
  seated: boolean;
}

export interface Selection {
  seats: ChosenSeat[];
  counts: ChosenCount[];
}

export const nothing: Selection = { seats: [], counts: [] };

export const keyOf = (seat: { sectionId: string; row: string; number: number }): string =>
  `${seat.sectionId}/${seat.row}/${seat.number}`;

export const places = (selection: Selection, typeId?: string): number =>
  selection.seats.filter((s) => !typeId || s.typeId === typeId).length +
  selection.counts.filter((c) => !typeId || c.typeId === typeId).reduce((n, c) => n + c.quantity, 0);

/** Why no more can be added: the event's limit per person, a ticket type's, or what one purchase can have. */
export interface Limit {
  by: 'person' | 'type' | 'purchase';
  most: number;
}

export const limitOf = (event: Pick<Event, 'perPerson'>): Limit =>
  event.perPerson > 0 && event.perPerson < mostPlaces
    ? { by: 'person', most: event.perPerson }
    : { by: 'purchase', most: mostPlaces };

/** How many more places there may be: of any type, or of one. */
export const room = (selection: Selection, event: Pick<Event, 'perPerson'>, type?: TicketType): number => {
  const any = limitOf(event).most - places(selection);
  return Math.max(0, type?.perPerson ? Math.min(any, type.perPerson - places(selection, type.id)) : any);
};

/** The limit that stands in the way of one more of any of some types. */
export const limitFor = (selection: Selection, event: Pick<Event, 'perPerson'>, types: TicketType[]): Limit => {
  const limit = limitOf(event);
  if (places(selection) >= limit.most) return limit;
  return { by: 'type', most: Math.max(0, ...types.map((t) => t.perPerson ?? 0)) };
};

export interface Added {
  selection: Selection;
  added: ChosenSeat[];
  /** Why not all were added. */
  limit?: Limit;
}

/** Adds seats, each as the first of the types of which there may be more. */
export const addSeats = (
  selection: Selection,
  event: Pick<Event, 'perPerson'>,
  types: TicketType[],
  seats: Omit<ChosenSeat, 'typeId'>[],
): Added => {
  let next = selection;
  const added: ChosenSeat[] = [];
  for (const seat of seats) {
    if (next.seats.some((s) => keyOf(s) === keyOf(seat))) continue;
    const current = next;
    const type = types.find((t) => room(current, event, t) > 0);
    if (!type) return { selection: next, added, limit: limitFor(next, event, types) };
    const chosen = { ...seat, typeId: type.id };
    added.push(chosen);
    next = { ...next, seats: [...next.seats, chosen] };
  }
  return { selection: next, added };
};

export const removeSeats = (selection: Selection, keys: ReadonlySet<string>): Selection => ({
  ...selection,
  seats: selection.seats.filter((s) => !keys.has(keyOf(s))),
});

/** Makes a seat one of another ticket type, if there may be one more of it. */
export const retype = (selection: Selection, key: string, type: TicketType): Selection => {
  const others = removeSeats(selection, new Set([key]));
  if (type.perPerson && places(others, type.id) >= type.perPerson) return selection;
  return { ...selection, seats: selection.seats.map((s) => (keyOf(s) === key ? { ...s, typeId: type.id } : s)) };
};

const sameCount = (a: ChosenCount, b: Omit<ChosenCount, 'quantity'>) =>
  a.sectionId === b.sectionId && a.typeId === b.typeId && a.seated === b.seated;

export const countOf = (selection: Selection, of: Omit<ChosenCount, 'quantity'>): number =>
  selection.counts.find((c) => sameCount(c, of))?.quantity ?? 0;

/** Wants so many places instead of those before; none takes the line away. */
export const setCount = (selection: Selection, of: ChosenCount): Selection => {
  const known = selection.counts.some((c) => sameCount(c, of));
  const counts = known ? selection.counts.map((c) => (sameCount(c, of) ? of : c)) : [...selection.counts, of];
  return { ...selection, counts: counts.filter((c) => c.quantity > 0) };
};

export interface Line {
  type: TicketType;
  quantity: number;
  sum: Money;
}

/** What is to be paid by ticket type, in the event's order, as far as prices are known here: the server decides. */
export const linesOf = (selection: Selection, types: TicketType[]): Line[] =>
  types.flatMap((type) => {
    const quantity = places(selection, type.id);
    return quantity > 0 ? [{ type, quantity, sum: { ...type.price, amount: type.price.amount * quantity } }] : [];
  });

export const totalOf = (lines: Line[]): Money | undefined => {
  const first = lines[0];
  return first && { ...first.sum, amount: lines.reduce((sum, l) => sum + l.sum.amount, 0) };
};

/** What a hold is asked for: one item per ticket type for seats, one for places that the server chooses. */
export const itemsOf = (selection: Selection): WantItem[] => {
  const named = new Map<string, WantItem>();
  for (const { typeId, sectionId, row, number } of selection.seats) {
    const item = named.get(typeId) ?? { ticketTypeId: typeId, seats: [] };
    named.set(typeId, { ...item, seats: [...(item.seats ?? []), { sectionId, row, number }] });
  }
  const counted = new Map<string, WantItem>();
  for (const { typeId, quantity } of selection.counts) {
    counted.set(typeId, { ticketTypeId: typeId, quantity: quantity + (counted.get(typeId)?.quantity ?? 0) });
  }
  return [...named.values(), ...counted.values()];
};

/** The choice that a purchase was begun with, as far as its places are still sold here. */
export const selectionOf = (
  items: WantItem[],
  sections: { id: string; name: string; kind: string; types: TicketType[]; rows: { label: string; accessible?: number[] }[] }[],
): Selection => {
  const selection: Selection = { seats: [], counts: [] };
  for (const { ticketTypeId: typeId, quantity, seats } of items) {
    const sold = sections.filter((s) => s.types.some((t) => t.id === typeId));
    for (const { sectionId, row = '', number } of seats ?? []) {
      const section = sold.find((s) => s.id === sectionId);
      const found = section?.rows.find((r) => r.label === row);
      if (!section || !found) continue;
      const accessible = found.accessible?.includes(number) ?? false;
      selection.seats.push({ sectionId, section: section.name, row, number, accessible, typeId });
    }
    const section = sold.find((s) => s.kind === 'standing') ?? sold[0];
    if (quantity && !seats?.length && section) {
      const seated = section.kind === 'seated';
      selection.counts.push({ sectionId: section.id, section: section.name, typeId, quantity, seated });
    }
  }
  return selection;
};
