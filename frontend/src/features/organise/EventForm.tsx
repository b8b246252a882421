import { Button } from '@mantine/core';
import { useBlocker } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import type { Problem } from '../../lib/problem';
import { Notice } from '../../ui/Notice';
import { ProblemNotice } from '../../ui/ProblemNotice';
import type { EventDraft } from './draft';
import classes from './EventForm.module.css';
import { EventPreview } from './EventPreview';
import { PlaceFields } from './PlaceFields';
import { RuleFields } from './RuleFields';
import { TicketTypeFields } from './TicketTypeFields';
import { TimeFields } from './TimeFields';
import { useEventForm } from './useEventForm';
import { WhatFields } from './WhatFields';

interface Props {
  initial: EventDraft;
  /** The event that is edited; absent: a new one. */
  base?: Event;
  submit: string;
  busy: boolean;
  problem: Problem | undefined;
  onSave(draft: EventDraft, timeZone: string): void;
}

/** All that an event says, and beside it what attendees will see. */
export const EventForm = ({ initial, base, submit, busy, problem, onSave }: Props) => {
  const { t } = useTranslation('organise');
  const { form, dirty, wrong, toFirstWrong, props } = useEventForm({ initial, base, problem, onSave });
  useBlocker({
    shouldBlockFn: () => !window.confirm(t('editor.leave')),
    enableBeforeUnload: () => dirty,
    disabled: !dirty || busy,
  });
  const atField = problem && (problem.fields.length > 0 || problem.code === 'hallTaken');
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each answer
  useEffect(() => {
    if (atField) toFirstWrong();
  }, [problem]);
  return (
    <form {...props} className={classes.editor}>
      <div className={classes.parts}>
        {problem && !atField && (
          <ProblemNotice
            problem={problem}
            focus
            texts={{ seatsSold: t('editor.seatsSold'), sectionGone: t('wrong.sectionGone') }}
          />
        )}
        <WhatFields form={form} />
        <PlaceFields form={form} />
        <TimeFields form={form} />
        <TicketTypeFields form={form} />
        <RuleFields form={form} />
        {(wrong > 0 || atField) && (
          <Notice kind="bad" title={wrong > 0 ? t('editor.wrong', { count: wrong }) : t('editor.refused')} />
        )}
        <div className={classes.end}>
          <Button type="submit" size="md" loading={busy} disabled={base !== undefined && !dirty}>
            {submit}
          </Button>
        </div>
      </div>
      <aside className={classes.preview} aria-label={t('preview.title')}>
        <EventPreview form={form} />
      </aside>
    </form>
  );
};
