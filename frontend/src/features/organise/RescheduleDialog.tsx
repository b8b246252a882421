import { Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { rescheduleEvent } from '../../api/gen/sdk.gen';
import type { Event } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { useApiField } from '../../lib/fields';
import { useFormat } from '../../lib/format';
import { asProblem } from '../../lib/problem';
import { Dialog } from '../../ui/Dialog';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { toast } from '../../ui/Toasts';
import { wrongIn } from './check';
import { draftOf, timeIn } from './draft';
import classes from './EventActions.module.css';
import { concernsBuyers, type Effect } from './effect';
import { eventChanged } from './queries';
import { useTimeHint } from './TimeFields';
import { wallPlus } from './zone';

/** The fields that are here; what is refused of others is said below them. */
const shown = ['body.startsAt', 'body.endsAt'];

/** Moves a published event, after saying what that means for who has tickets. */
export const RescheduleDialog = ({ event, effect, onClose }: { event: Event; effect: Effect; onClose(): void }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const apiField = useApiField();
  const queries = useQueryClient();
  const [was] = useState(() => draftOf(event));
  const [startsAt, setStartsAt] = useState(was.startsAt);
  const [endsAt, setEndsAt] = useState(was.endsAt);
  const { timeZone } = event;
  const hint = useTimeHint(startsAt, timeZone);
  // Doors, sales and cancellation move along or stay good: only these two can be wrong.
  const wrong = wrongIn(
    { ...was, startsAt, endsAt, doorsAt: '', cancelUntil: '' },
    { timeZone, sections: undefined, now: now(), base: event },
  );
  const move = useMutation({
    mutationFn: () => {
      const ends = timeIn(endsAt, timeZone, was.known);
      return rescheduleEvent({
        path: { eventId: event.id },
        body: { startsAt: timeIn(startsAt, timeZone, was.known) ?? '', ...(ends && { endsAt: ends }) },
      });
    },
    onSuccess: (moved) => {
      eventChanged(queries, moved);
      toast(t('reschedule.done', { when: format.when(moved.startsAt, moved.timeZone) }));
      onClose();
    },
  });
  const problem = move.error ? asProblem(move.error) : undefined;
  const errorAt = (at: string): string | undefined => {
    const w = wrong.get(at);
    if (w) return t(`wrong.${w.text}`, w.values ?? {});
    if (problem?.code === 'hallTaken' && at === 'body.startsAt') return t('editor.hallTaken');
    return apiField(problem, at);
  };
  const same = startsAt === was.startsAt && endsAt === was.endsAt;
  const isWrong = wrong.has('body.startsAt') || wrong.has('body.endsAt');
  /** The end moves along with the start. */
  const start = (wall: string) => {
    setStartsAt(wall);
    const by = (Date.parse(`${wall}:00Z`) - Date.parse(`${was.startsAt}:00Z`)) / 60_000;
    if (was.endsAt && Number.isFinite(by)) setEndsAt(wallPlus(was.endsAt, by));
    if (problem) move.reset();
  };
  const end = (wall: string) => {
    setEndsAt(wall);
    if (problem) move.reset();
  };
  const send = (e: FormEvent) => {
    e.preventDefault();
    if (!isWrong && !same) move.mutate();
  };
  return (
    <Dialog open title={t('reschedule.title')} onClose={onClose}>
      <form className={classes.form} onSubmit={send} noValidate>
        <ul className={classes.effects}>
          {!effect.sales || concernsBuyers(effect) ? (
            <>
              {effect.sales && <li>{t('reschedule.keep', { count: effect.sales.sold })}</li>}
              <li>{t('reschedule.told')}</li>
              <li>{t('reschedule.mayCancel')}</li>
            </>
          ) : (
            <li>{t('reschedule.nobody')}</li>
          )}
          {(event.doorsAt || event.cancellation) && <li>{t('reschedule.along')}</li>}
        </ul>
        <p className={classes.quiet}>{t('editor.zone', { zone: timeZone })}</p>
        <TextInput
          type="datetime-local"
          label={t('reschedule.startsAt')}
          description={hint}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          error={errorAt('body.startsAt')}
          value={startsAt}
          required
          dir="ltr"
          onChange={(e) => start(e.currentTarget.value)}
        />
        <TextInput
          type="datetime-local"
          label={t('field.endsAt')}
          error={errorAt('body.endsAt')}
          value={endsAt}
          dir="ltr"
          onChange={(e) => end(e.currentTarget.value)}
        />
        {problem && problem.code !== 'hallTaken' && !problem.fields.some((f) => shown.includes(f.location)) && (
          <ProblemNotice problem={problem} focus texts={{ notPublished: t('reschedule.notPublished') }} />
        )}
        <div className={classes.buttons}>
          <Button type="submit" loading={move.isPending} disabled={same || isWrong}>
            {t('reschedule.now')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t('keep')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};
