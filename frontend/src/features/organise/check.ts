import type { Event, Section } from '../../api/gen/types.gen';
import { parseAmount } from '../../lib/format';
import { type EventDraft, performersIn, type TypeDraft, timeIn } from './draft';
import { instantOf } from './zone';

/** The bounds of an event; the API has the same. */
export const bounds = {
  name: 200,
  description: 10_000,
  performers: 50,
  performer: 200,
  imageUrl: 2_000,
  ticketTypes: 100,
  perPerson: 1_000,
  days: 366,
} as const;

const hour = 3_600_000;
const longest = bounds.days * 24 * hour;
const unendedFor = 3 * hour; // an event without an end takes its hall for so long

/** What is wrong, in words of the organise texts under "wrong". */
export interface Wrong {
  text:
    | 'empty'
    | 'long'
    | 'performers'
    | 'performer'
    | 'image'
    | 'noHall'
    | 'noTime'
    | 'skipped'
    | 'past'
    | 'endBeforeStart'
    | 'tooLong'
    | 'doorsLate'
    | 'saleWindow'
    | 'saleAfterEnd'
    | 'cancelAfterEnd'
    | 'range'
    | 'price'
    | 'noSections'
    | 'sectionGone'
    | 'tooMany'
    | 'needsTypes';
  values?: Record<string, number>;
}

interface Circumstances {
  /** The venue's. */
  timeZone: string;
  /** Of the chosen hall; undefined while they are not known. */
  sections: readonly Pick<Section, 'id'>[] | undefined;
  /** Milliseconds since 1970. */
  now: number;
  /** The event that is edited. */
  base?: Event | undefined;
}

/** What is wrong with an event, by the location that the API would name: "body.ticketTypes[1].price.amount". */
export const wrongIn = (draft: EventDraft, about: Circumstances): Map<string, Wrong> => {
  const found = new Map<string, Wrong>();
  const add = (at: string, wrong: Wrong | undefined) => {
    if (wrong && !found.has(at)) found.set(at, wrong);
  };
  add('body.name', wrongName(draft.name));
  if (!draft.category) add('body.category', { text: 'empty' });
  if ([...draft.description.trim()].length > bounds.description) add('body.description', long(bounds.description));
  const performers = performersIn(draft.performers);
  if (performers.length > bounds.performers) add('body.performers', { text: 'performers', values: { most: bounds.performers } });
  if (performers.some((p) => [...p].length > bounds.performer))
    add('body.performers', { text: 'performer', values: { most: bounds.performer } });
  if (!isPicture(draft.imageUrl.trim())) add('body.imageUrl', { text: 'image' });
  if (!draft.locationId) add('body.locationId', { text: 'empty' });
  else if (!draft.hallId) add('body.hallId', { text: 'noHall' });
  add('body.perPerson', wrongNumber(draft.perPerson, 0));
  wrongTimes(draft, about, add);
  if (draft.ticketTypes.length > bounds.ticketTypes)
    add('body.ticketTypes', { text: 'tooMany', values: { most: bounds.ticketTypes } });
  if (about.base?.status === 'published' && draft.ticketTypes.length === 0) add('body.ticketTypes', { text: 'needsTypes' });
  for (const [i, type] of draft.ticketTypes.entries()) wrongType(type, `body.ticketTypes[${i}]`, draft, about, add);
  return found;
};

type Add = (at: string, wrong: Wrong | undefined) => void;

const long = (most: number): Wrong => ({ text: 'long', values: { most } });

const wrongName = (text: string): Wrong | undefined => {
  if (!text.trim()) return { text: 'empty' };
  return [...text.trim()].length > bounds.name ? long(bounds.name) : undefined;
};

const wrongNumber = (text: string, least: number): Wrong | undefined => {
  const fits = /^\s*\d{1,5}\s*$/.test(text) && Number(text) >= least && Number(text) <= bounds.perPerson;
  return fits ? undefined : { text: 'range', values: { least, most: bounds.perPerson } };
};

/** Empty, an https address, or a path on this origin as the demo's pictures have. */
export const isPicture = (text: string): boolean => {
  if (!text) return true;
  if (text.length > bounds.imageUrl || /[\\\s<>"]/.test(text)) return false;
  if (/^\/[^/]/.test(text)) return true;
  try {
    const url = new URL(text);
    return url.protocol === 'https:' && !!url.hostname && !url.username;
  } catch {
    return false;
  }
};

const wrongTimes = (draft: EventDraft, about: Circumstances, add: Add): void => {
  const read = (at: string, wall: string): number | undefined => {
    if (!wall) return undefined;
    const instant = instantOf(wall, about.timeZone);
    if (!instant) add(at, { text: 'noTime' });
    if (instant?.kind === 'skipped') add(at, { text: 'skipped' });
    return Date.parse(timeIn(wall, about.timeZone, draft.known) ?? '') || undefined;
  };
  const starts = read('body.startsAt', draft.startsAt);
  const ends = read('body.endsAt', draft.endsAt);
  const doors = read('body.doorsAt', draft.doorsAt);
  const from = read('body.onSaleFrom', draft.onSaleFrom);
  const until = read('body.onSaleUntil', draft.onSaleUntil);
  const cancel = read('body.cancellation.until', draft.cancelUntil);
  if (from && until && until <= from) add('body.onSaleUntil', { text: 'saleWindow' });
  if (!draft.startsAt) add('body.startsAt', { text: 'empty' });
  if (starts === undefined) return;
  if (starts < about.now && starts !== Date.parse(about.base?.startsAt ?? '')) add('body.startsAt', { text: 'past' });
  if (ends !== undefined && ends <= starts) add('body.endsAt', { text: 'endBeforeStart' });
  if (ends !== undefined && ends - starts > longest) add('body.endsAt', { text: 'tooLong', values: { most: bounds.days } });
  if (doors !== undefined && (doors > starts || starts - doors > longest)) add('body.doorsAt', { text: 'doorsLate' });
  const over = ends ?? starts + unendedFor;
  if (from !== undefined && from >= over) add('body.onSaleFrom', { text: 'saleAfterEnd' });
  if (cancel !== undefined && cancel > over) add('body.cancellation.until', { text: 'cancelAfterEnd' });
};

const wrongType = (t: TypeDraft, at: string, draft: EventDraft, about: Circumstances, add: Add): void => {
  add(`${at}.name`, wrongName(t.name));
  if (!t.price.trim()) add(`${at}.price.amount`, { text: 'empty' });
  else if (parseAmount(t.price, draft.currency) === undefined) add(`${at}.price.amount`, { text: 'price' });
  if (t.sectionIds.length === 0) add(`${at}.sectionIds`, { text: 'noSections' });
  // A published event may go on selling what its hall has lost since.
  const kept = about.base?.status === 'published' ? about.base.ticketTypes.flatMap((k) => k.sectionIds) : [];
  const there = about.sections && new Set([...about.sections.map((s) => s.id), ...kept]);
  if (there && t.sectionIds.some((id) => !there.has(id))) add(`${at}.sectionIds`, { text: 'sectionGone' });
  if (t.perPerson.trim()) add(`${at}.perPerson`, wrongNumber(t.perPerson, 1));
  const time = (field: 'salesFrom' | 'salesUntil'): number | undefined => {
    const instant = t[field] ? instantOf(t[field], about.timeZone) : undefined;
    if (t[field] && !instant) add(`${at}.${field}`, { text: 'noTime' });
    if (instant?.kind === 'skipped') add(`${at}.${field}`, { text: 'skipped' });
    return instant && Date.parse(instant.iso);
  };
  const from = time('salesFrom');
  const until = time('salesUntil');
  if (from !== undefined && until !== undefined && until <= from) add(`${at}.salesUntil`, { text: 'saleWindow' });
};
