import type { Availability, Event, Money, TicketType } from '../../api/gen/types.gen';

/** Places in one purchase; the API's limit. */
const mostAtOnce = 64;
const fewShare = 0.1;

/** Whether a ticket type can be had now, and how many of it. */
export type Offer =
  | { state: 'open'; left: number; few: boolean }
  | { state: 'held' | 'soldOut' | 'over' | 'unknown' }
  | { state: 'early'; from: string };

const past = (iso: string | undefined, at: number): boolean => iso !== undefined && Date.parse(iso) <= at;
const ahead = (iso: string | undefined, at: number): iso is string => iso !== undefined && Date.parse(iso) > at;

/** What is on offer of a ticket type at a time (milliseconds since 1970), by the last count of the event's sections. */
export const offerOf = (event: Event, type: TicketType, counts: Availability | null | undefined, at: number): Offer => {
  const from = [event.onSaleFrom, type.salesFrom]
    .filter((f) => ahead(f, at))
    .sort()
    .at(-1);
  if (from) return { state: 'early', from };
  if (past(event.onSaleUntil, at) || past(type.salesUntil, at)) return { state: 'over' };
  if (!counts) return { state: 'unknown' };
  const sections = counts.sections.filter((s) => type.sectionIds.includes(s.sectionId));
  const left = sections.reduce((n, s) => n + s.free, 0);
  const total = sections.reduce((n, s) => n + s.total, 0);
  if (left > 0) return { state: 'open', left, few: left < total * fewShare };
  return { state: sections.some((s) => s.held > 0) ? 'held' : 'soldOut' };
};

/** How many of a ticket type may be chosen, beside those of the other types that are chosen already. */
export const mostOf = (event: Event, type: TicketType, offer: Offer, chosen: ReadonlyMap<string, number>): number => {
  if (offer.state !== 'open') return 0;
  let others = 0;
  for (const [id, n] of chosen) if (id !== type.id) others += n;
  const person = event.perPerson === 0 ? mostAtOnce : Math.min(event.perPerson, mostAtOnce);
  return Math.max(0, Math.min(offer.left, person - others, type.perPerson || mostAtOnce));
};

/** What all that is chosen costs; undefined where nothing is. An event has one currency. */
export const totalOf = (event: Event, chosen: ReadonlyMap<string, number>): Money | undefined => {
  let total: Money | undefined;
  for (const { id, price } of event.ticketTypes) {
    const n = chosen.get(id) ?? 0;
    if (n > 0) total = { currency: price.currency, amount: (total?.amount ?? 0) + n * price.amount };
  }
  return total;
};

export const countOf = (chosen: ReadonlyMap<string, number>): number => [...chosen.values()].reduce((a, b) => a + b, 0);

/** A span of time as the two largest units that it has: days and hours, hours and minutes, minutes and seconds. */
export const spanText = (milliseconds: number, locale: string): string => {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const parts = [
    ['day', Math.floor(seconds / 86_400)],
    ['hour', Math.floor(seconds / 3_600) % 24],
    ['minute', Math.floor(seconds / 60) % 60],
    ['second', seconds % 60],
  ] as const;
  const first = parts.findIndex(([, n]) => n > 0);
  const shown = parts.slice(Math.max(0, first === -1 ? 3 : first)).slice(0, 2);
  return shown
    .map(([unit, n]) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(n))
    .join(' ');
};
