import type { Event, EventPatch, NewEvent, NewTicketType, Section, TicketType } from '../../api/gen/types.gen';
import { amountText, parseAmount } from '../../lib/format';
import { instantOf, wallClock } from './zone';

/** An event as it is typed. Times are those of a clock in the venue; "" where there is none. */
export interface EventDraft {
  name: string;
  category: string;
  description: string;
  /** One in each line. */
  performers: string;
  imageUrl: string;
  locationId: string;
  hallId: string;
  startsAt: string;
  endsAt: string;
  doorsAt: string;
  onSaleFrom: string;
  onSaleUntil: string;
  cancelUntil: string;
  perPerson: string;
  /** ISO 4217, of all prices. */
  currency: string;
  ticketTypes: TypeDraft[];
  /** The instants (ISO 8601) of the event that is edited: what was not touched stays as it was, to the second. */
  known: readonly string[];
}

export interface TypeDraft {
  /** Tells ticket types apart on the screen. */
  key: string;
  /** The server's; absent: new. */
  id?: string;
  name: string;
  price: string;
  sectionIds: string[];
  /** "" for as many as the event allows. */
  perPerson: string;
  salesFrom: string;
  salesUntil: string;
}

export type TextField = Exclude<keyof EventDraft, 'ticketTypes' | 'known'>;
export type TypeTextField = Exclude<keyof TypeDraft, 'key' | 'id' | 'sectionIds'>;

let keys = 0;
const newKey = (): string => {
  keys += 1;
  return `t${keys}`;
};

export const emptyEvent = (currency = 'EUR'): EventDraft => ({
  name: '',
  category: '',
  description: '',
  performers: '',
  imageUrl: '',
  locationId: '',
  hallId: '',
  startsAt: '',
  endsAt: '',
  doorsAt: '',
  onSaleFrom: '',
  onSaleUntil: '',
  cancelUntil: '',
  perPerson: '10',
  currency,
  ticketTypes: [],
  known: [],
});

const typeDraft = (type: TicketType, wall: (iso: string | undefined) => string): TypeDraft => ({
  key: newKey(),
  id: type.id,
  name: type.name,
  price: amountText(type.price),
  sectionIds: type.sectionIds,
  perPerson: type.perPerson ? String(type.perPerson) : '',
  salesFrom: wall(type.salesFrom),
  salesUntil: wall(type.salesUntil),
});

/** An event opened for editing. */
export const draftOf = (e: Event): EventDraft => {
  const wall = (iso: string | undefined): string => (iso ? wallClock(iso, e.timeZone) : '');
  const times = [e.startsAt, e.endsAt, e.doorsAt, e.onSaleFrom, e.onSaleUntil, e.cancellation?.until];
  const sales = e.ticketTypes.flatMap((t) => [t.salesFrom, t.salesUntil]);
  return {
    name: e.name,
    category: e.category,
    description: e.description ?? '',
    performers: (e.performers ?? []).join('\n'),
    imageUrl: e.imageUrl ?? '',
    locationId: e.locationId,
    hallId: e.hallId,
    startsAt: wall(e.startsAt),
    endsAt: wall(e.endsAt),
    doorsAt: wall(e.doorsAt),
    onSaleFrom: wall(e.onSaleFrom),
    onSaleUntil: wall(e.onSaleUntil),
    cancelUntil: wall(e.cancellation?.until),
    perPerson: String(e.perPerson),
    currency: e.ticketTypes[0]?.price.currency ?? 'EUR',
    ticketTypes: e.ticketTypes.map((t) => typeDraft(t, wall)),
    known: [...times, ...sales].filter((iso) => iso !== undefined),
  };
};

type Sections = readonly Pick<Section, 'id' | 'name'>[];

export type EventChange =
  | { do: 'set'; field: TextField; value: string }
  | { do: 'hall'; locationId: string; hallId: string; from: Sections; to: Sections }
  | { do: 'addType'; sections: Sections }
  | { do: 'type'; key: string; field: TypeTextField; value: string }
  | { do: 'section'; key: string; sectionId: string; sold: boolean }
  | { do: 'moveType'; key: string; by: -1 | 1 }
  | { do: 'removeType'; key: string }
  | { do: 'all'; draft: EventDraft };

/** The sections of another hall that are called as those were. */
const sameNames = (ids: string[], from: Sections, to: Sections): string[] => {
  const names = new Set(from.filter((s) => ids.includes(s.id)).map((s) => s.name));
  return to.filter((s) => names.has(s.name)).map((s) => s.id);
};

const newType = (draft: EventDraft, sections: Sections): TypeDraft => {
  const sold = new Set(draft.ticketTypes.flatMap((t) => t.sectionIds));
  const rest = sections.filter((s) => !sold.has(s.id));
  return {
    key: newKey(),
    name: '',
    price: '',
    sectionIds: (rest.length > 0 ? rest : sections).map((s) => s.id),
    perPerson: '',
    salesFrom: '',
    salesUntil: '',
  };
};

/** What an event is after a change; the old one stays as it is. */
export const changed = (draft: EventDraft, c: EventChange): EventDraft => {
  const inType = (key: string, f: (t: TypeDraft) => TypeDraft): EventDraft => ({
    ...draft,
    ticketTypes: draft.ticketTypes.map((t) => (t.key === key ? f(t) : t)),
  });
  switch (c.do) {
    case 'set':
      return { ...draft, [c.field]: c.value };
    case 'hall':
      return {
        ...draft,
        locationId: c.locationId,
        hallId: c.hallId,
        ticketTypes: draft.ticketTypes.map((t) => ({ ...t, sectionIds: sameNames(t.sectionIds, c.from, c.to) })),
      };
    case 'addType':
      return { ...draft, ticketTypes: [...draft.ticketTypes, newType(draft, c.sections)] };
    case 'type':
      return inType(c.key, (t) => ({ ...t, [c.field]: c.value }));
    case 'section':
      return inType(c.key, (t) => ({
        ...t,
        sectionIds: c.sold ? [...t.sectionIds, c.sectionId] : t.sectionIds.filter((id) => id !== c.sectionId),
      }));
    case 'moveType': {
      const types = [...draft.ticketTypes];
      const at = types.findIndex((t) => t.key === c.key);
      const [moved] = types.splice(at, 1);
      if (moved) types.splice(Math.max(0, at + c.by), 0, moved);
      return { ...draft, ticketTypes: types };
    }
    case 'removeType':
      return { ...draft, ticketTypes: draft.ticketTypes.filter((t) => t.key !== c.key) };
    case 'all':
      return c.draft;
  }
};

/** The performers, one of each line that is not empty. */
export const performersIn = (text: string): string[] =>
  text
    .split('\n')
    .map((p) => p.trim())
    .filter(Boolean);

/** The instant that a field means, ISO 8601; undefined where it is empty or no time. */
export const timeIn = (wall: string, timeZone: string, known: readonly string[] = []): string | undefined =>
  known.find((iso) => wallClock(iso, timeZone) === wall) ?? instantOf(wall, timeZone)?.iso;

const typeOf = (t: TypeDraft, draft: EventDraft, timeZone: string): NewTicketType & { id?: string } => {
  const salesFrom = timeIn(t.salesFrom, timeZone, draft.known);
  const salesUntil = timeIn(t.salesUntil, timeZone, draft.known);
  return {
    ...(t.id && { id: t.id }),
    name: t.name.trim(),
    price: { amount: parseAmount(t.price, draft.currency) ?? 0, currency: draft.currency },
    sectionIds: t.sectionIds,
    ...(Number(t.perPerson) > 0 && { perPerson: Number(t.perPerson) }),
    ...(salesFrom && { salesFrom }),
    ...(salesUntil && { salesUntil }),
  };
};

/** All that a draft in which nothing is wrong says; null for what it does not have. */
export const valuesOf = (draft: EventDraft, timeZone: string): Required<EventPatch> => {
  const time = (wall: string): string | null => timeIn(wall, timeZone, draft.known) ?? null;
  const until = time(draft.cancelUntil);
  const performers = performersIn(draft.performers);
  return {
    name: draft.name.trim(),
    category: draft.category,
    description: draft.description.trim() || null,
    performers: performers.length > 0 ? performers : null,
    imageUrl: draft.imageUrl.trim() || null,
    locationId: draft.locationId,
    hallId: draft.hallId,
    startsAt: time(draft.startsAt) ?? '',
    endsAt: time(draft.endsAt),
    doorsAt: time(draft.doorsAt),
    onSaleFrom: time(draft.onSaleFrom),
    onSaleUntil: time(draft.onSaleUntil),
    cancellation: until ? { until } : null,
    perPerson: Number(draft.perPerson),
    ticketTypes: draft.ticketTypes.length > 0 ? draft.ticketTypes.map((t) => typeOf(t, draft, timeZone)) : null,
  };
};

/** What creating the event takes. */
export const newEventOf = (draft: EventDraft, timeZone: string): NewEvent => {
  const given = Object.entries(valuesOf(draft, timeZone)).filter(([, value]) => value !== null);
  return Object.fromEntries(given) as unknown as NewEvent;
};

const differing = <T extends object>(was: T, is: T): (keyof T)[] =>
  (Object.keys(is) as (keyof T)[]).filter((k) => JSON.stringify(was[k]) !== JSON.stringify(is[k]));

/** Which fields differ between two states of an event. */
export const fieldsBetween = (was: Event, is: Event): (keyof EventPatch)[] =>
  differing(valuesOf(draftOf(was), was.timeZone), valuesOf(draftOf(is), is.timeZone));

/** What a draft changes of the event that was opened, as a merge patch: nothing else, so that others' changes stay. */
export const patchOf = (base: Event, draft: EventDraft, timeZone: string): EventPatch => {
  const values = valuesOf(draft, timeZone);
  const was = valuesOf(draftOf(base), base.timeZone);
  return Object.fromEntries(differing(was, values).map((k) => [k, values[k]])) as EventPatch;
};

/** A patch for what the event has become meanwhile: ticket types that were removed there are new ones here. */
export const onto = (current: Event, patch: EventPatch): EventPatch => {
  if (!patch.ticketTypes) return patch;
  const there = new Set(current.ticketTypes.map((t) => t.id));
  return {
    ...patch,
    ticketTypes: patch.ticketTypes.map(({ id, ...t }) => (id && there.has(id) ? { id, ...t } : t)),
  };
};
