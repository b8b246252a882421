import { Button, TextInput } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { type FormEvent, useDeferredValue, useMemo, useReducer, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useApiField } from '../../lib/fields';
import type { Problem } from '../../lib/problem';
import { HallPreview } from '../../ui/HallPreview';
import { Notice } from '../../ui/Notice';
import { ProblemNotice } from '../../ui/ProblemNotice';
import classes from './HallEditor.module.css';
import { changed, type HallDraft, hallOf, placesOf, wrongIn } from './hall';
import { SectionEditor } from './SectionEditor';

interface Props {
  initial: HallDraft;
  busy: boolean;
  problem: Problem | undefined;
  onSave(draft: HallDraft): void;
}

/** Sections on one side, what they look like on the other. */
export const HallEditor = ({ initial, busy, problem, onSave }: Props) => {
  const { t } = useTranslation('locations');
  const apiField = useApiField();
  const form = useRef<HTMLFormElement>(null);
  const [draft, change] = useReducer(changed, initial);
  const [tried, setTried] = useState(false);
  const wrong = useMemo(() => wrongIn(draft), [draft]);
  const drawn = useDeferredValue(draft);
  const sections = useMemo(() => hallOf(drawn).sections, [drawn]);

  useBlocker({
    shouldBlockFn: () => !window.confirm(t('leave')),
    enableBeforeUnload: () => draft !== initial,
    disabled: draft === initial || busy,
  });

  /** A field's words: at once where a number or label is wrong; about what is empty, only after saving was tried. */
  const errorAt = (at: string): string | undefined => {
    const w = wrong.get(at);
    if (w && (tried || w.text !== 'empty')) return t(`wrong.${w.text}`, w.values ?? {});
    return apiField(problem, at);
  };
  const send = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (wrong.size === 0) return onSave(draft);
    // What is wrong is marked with the next paint; then the first of it gets the focus.
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus());
  };
  const places = draft.sections.reduce((n, s) => n + placesOf(s), 0);
  const whole = errorAt('body.sections');
  return (
    <form ref={form} className={classes.editor} onSubmit={send} noValidate>
      <div className={classes.parts}>
        {problem && problem.fields.length === 0 && <ProblemNotice problem={problem} focus />}
        <TextInput
          label={t('hallName')}
          required
          value={draft.name}
          error={errorAt('body.name')}
          onChange={(e) => change({ do: 'name', name: e.currentTarget.value })}
        />
        <h2 className={classes.heading}>{t('sections')}</h2>
        {draft.sections.map((section, i) => (
          <SectionEditor
            key={section.key}
            section={section}
            at={`body.sections[${i}]`}
            first={i === 0}
            last={i === draft.sections.length - 1}
            errorAt={errorAt}
            change={change}
          />
        ))}
        {whole && <Notice kind="bad" title={whole} />}
        <div className={classes.adding}>
          <Button variant="default" onClick={() => change({ do: 'add', kind: 'seated', name: t('section.newSeated') })}>
            {t('addSeated')}
          </Button>
          <Button variant="default" onClick={() => change({ do: 'add', kind: 'standing', name: t('section.newStanding') })}>
            {t('addStanding')}
          </Button>
        </div>
      </div>
      <aside className={classes.preview} aria-label={t('preview')}>
        <HallPreview sections={sections} stage={t('stage')} named />
        <p className={classes.legend}>
          <span className={classes.mark} aria-hidden="true" />
          {t('accessible')}
        </p>
        <p className={classes.total} role="status">
          {t('places', { count: places })}
        </p>
        <Button type="submit" size="md" fullWidth loading={busy}>
          {t('hallSave')}
        </Button>
      </aside>
    </form>
  );
};
