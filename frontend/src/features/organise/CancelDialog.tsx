import { Button, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { cancelEvent } from '../../api/gen/sdk.gen';
import type { Event } from '../../api/gen/types.gen';
import { useApiField } from '../../lib/fields';
import { useFormat } from '../../lib/format';
import { asProblem } from '../../lib/problem';
import { Dialog } from '../../ui/Dialog';
import { Notice } from '../../ui/Notice';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { toast } from '../../ui/Toasts';
import classes from './EventActions.module.css';
import { concernsBuyers, type Effect, isNamed } from './effect';
import { eventChanged } from './queries';

const longestReason = 1_000;

/** Cancels an event for good, after saying whose tickets and how much money that concerns. */
export const CancelDialog = ({ event, effect, onClose }: { event: Event; effect: Effect; onClose(): void }) => {
  const { t } = useTranslation('organise');
  const apiField = useApiField();
  const queries = useQueryClient();
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const draft = event.status === 'draft';
  const cancel = useMutation({
    mutationFn: () => cancelEvent({ path: { eventId: event.id }, body: { reason: reason.trim() } }),
    onSuccess: (cancelled) => {
      eventChanged(queries, cancelled);
      void queries.invalidateQueries({ queryKey: ['bookings', 'of', event.id] });
      toast(t(draft ? 'draft.discarded' : 'cancelEvent.done'));
      onClose();
    },
  });
  const problem = cancel.error ? asProblem(cancel.error) : undefined;
  const sure = draft || isNamed(typed, event.name);
  const send = (e: FormEvent) => {
    e.preventDefault();
    if (sure) cancel.mutate();
  };
  return (
    <Dialog open title={t(draft ? 'draft.discard' : 'cancelEvent.title')} onClose={onClose}>
      <form className={classes.form} onSubmit={send} noValidate>
        {draft ? <p>{t('draft.discardText')}</p> : <Consequences effect={effect} />}
        {!draft && (
          <>
            <Textarea
              label={t('cancelEvent.reason')}
              description={t('cancelEvent.reasonHint')}
              rows={3}
              maxLength={longestReason}
              value={reason}
              error={apiField(problem, 'body.reason')}
              onChange={(e) => setReason(e.currentTarget.value)}
            />
            <TextInput
              label={t('cancelEvent.type')}
              description={<bdi translate="no">{event.name}</bdi>}
              autoComplete="off"
              value={typed}
              onChange={(e) => setTyped(e.currentTarget.value)}
            />
          </>
        )}
        {problem && (draft || !problem.at('body.reason')) && <ProblemNotice problem={problem} focus />}
        <div className={classes.buttons}>
          <Button type="submit" color="red" disabled={!sure} loading={cancel.isPending}>
            {t(draft ? 'draft.discard' : 'cancelEvent.now')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t('keep')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
};

const Consequences = ({ effect }: { effect: Effect }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const { sales, bookings, complete } = effect;
  if (!sales) return <Notice kind="warn" title={t('cancelEvent.unknown')} />;
  if (!concernsBuyers(effect)) return <Notice kind="info" title={t('cancelEvent.nobody')} />;
  const tickets = t('count.tickets', { count: sales.sold });
  const of = t('count.bookings', { count: bookings });
  const money = format.money(sales.revenue);
  return (
    <Notice
      kind="warn"
      title={
        complete ? t('cancelEvent.effect', { tickets, bookings: of, money }) : t('cancelEvent.effectMany', { tickets, money })
      }
    >
      <span>{t('cancelEvent.effectMore')}</span>
      {sales.checkedIn > 0 && <span>{t('cancelEvent.checkedIn', { count: sales.checkedIn })}</span>}
    </Notice>
  );
};
