import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useMemo, useReducer, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event, Hall, Location, Section } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { locationQuery } from '../../lib/events';
import { useApiField } from '../../lib/fields';
import { viewerZone } from '../../lib/format';
import type { Problem } from '../../lib/problem';
import { useAfterPress } from '../../lib/useAfterPress';
import { wrongIn } from './check';
import { changed, type EventChange, type EventDraft, type TextField } from './draft';

/** What the parts of the editor share. */
export interface EventForm {
  draft: EventDraft;
  change(c: EventChange): void;
  /** What is wrong with a field, in words, as soon as it is time to say so; at is as the API would name it. */
  errorAt(at: string): string | undefined;
  /** What a text field needs. */
  field(
    name: TextField,
    at?: string,
  ): {
    name: string;
    value: string;
    error: string | undefined;
    onChange(e: { currentTarget: { value: string } }): void;
  };
  base: Event | undefined;
  /** The chosen location with its halls, once it is known. */
  location: Location | undefined;
  hall: Hall | undefined;
  sections: readonly Section[];
  /** By whose clocks times are meant. */
  timeZone: string;
}

interface Options {
  initial: EventDraft;
  base: Event | undefined;
  problem: Problem | undefined;
  onSave(draft: EventDraft, timeZone: string): void;
}

const none: readonly Section[] = [];

/** What says which hall is taken, from when, until when. */
const taking = ['body.hallId', 'body.startsAt', 'body.endsAt'];

/** The state of the editor: what was typed, what is wrong with it and when that is said. */
export const useEventForm = ({ initial, base, problem, onSave }: Options) => {
  const { t } = useTranslation('organise');
  const apiField = useApiField();
  const afterPress = useAfterPress();
  const ref = useRef<HTMLFormElement>(null);
  const [draft, change] = useReducer(changed, initial);
  const [tried, setTried] = useState(false);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  // What was changed since the API refused: its words no longer hold there.
  const [since, setSince] = useState<{ problem: Problem | undefined; names: ReadonlySet<string> }>({ problem, names: new Set() });
  if (since.problem !== problem) setSince({ problem, names: new Set() });

  const { data: location } = useQuery({ ...locationQuery(draft.locationId), enabled: draft.locationId !== '' });
  const timeZone = location?.timeZone ?? base?.timeZone ?? viewerZone();
  const hall = location?.halls.find((h) => h.id === draft.hallId);
  const sections = hall?.sections ?? none;
  const wrong = useMemo(
    () => wrongIn(draft, { timeZone, sections: hall?.sections, now: now(), base }),
    [draft, timeZone, hall, base],
  );

  const apiAt = (at: string): string | undefined => {
    if (since.names.has(at) || [...since.names].some((n) => n === 'body.ticketTypes' && at.startsWith(n))) return undefined;
    if (problem?.code === 'hallTaken' && at === 'body.startsAt')
      return taking.some((name) => since.names.has(name)) ? undefined : t('editor.hallTaken');
    const found = problem?.fields.find((f) => f.location === at || new RegExp(`^${escaped(at)}[.[]`).test(f.location));
    return found && apiField(problem, found.location);
  };
  const errorAt = (at: string): string | undefined => {
    const w = tried || left.has(at) ? wrong.get(at) : undefined;
    return w ? t(`wrong.${w.text}`, w.values ?? {}) : apiAt(at);
  };
  const mark = (name: string) => {
    if (problem) setSince((s) => ({ problem: s.problem, names: new Set([...s.names, name]) }));
  };
  const form: EventForm = {
    draft,
    change: (c) => {
      if (c.do === 'hall') mark('body.hallId');
      if (c.do === 'moveType' || c.do === 'removeType' || c.do === 'hall') mark('body.ticketTypes'); // their places are others now
      change(c);
    },
    errorAt,
    field: (name, at = `body.${name}`) => ({
      name: at,
      value: draft[name],
      error: errorAt(at),
      onChange: (e) => change({ do: 'set', field: name, value: e.currentTarget.value }),
    }),
    base,
    location,
    hall,
    sections,
    timeZone,
  };
  /** What is marked wrong appears with the next paint; then the first of it gets the focus. */
  const toFirstWrong = () =>
    requestAnimationFrame(() => ref.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  return {
    form,
    dirty: draft !== initial,
    wrong: tried ? wrong.size : 0,
    toFirstWrong,
    props: {
      ref,
      noValidate: true,
      onBlur: (e: { target: unknown }) => {
        const { name } = e.target as HTMLInputElement;
        if (name) afterPress(() => setLeft((l) => (l.has(name) ? l : new Set([...l, name]))));
      },
      onChange: (e: { target: unknown }) => mark((e.target as HTMLInputElement).name),
      onSubmit: (e: FormEvent) => {
        e.preventDefault();
        setTried(true);
        if (wrong.size === 0) onSave(draft, timeZone);
        else toFirstWrong();
      },
    },
  };
};

const escaped = (text: string): string => text.replaceAll(/[.[\]]/g, '\\$&');
