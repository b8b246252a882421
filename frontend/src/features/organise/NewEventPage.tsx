import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createEvent } from '../../api/gen/sdk.gen';
import { asProblem } from '../../lib/problem';
import { Page } from '../../ui/Page';
import { toast } from '../../ui/Toasts';
import { type EventDraft, emptyEvent, newEventOf } from './draft';
import { EventForm } from './EventForm';
import { eventChanged } from './queries';

/** Makes a draft, which nobody else sees, and goes on to where it is published. */
export const NewEventPage = () => {
  const { t } = useTranslation('organise');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [initial] = useState(() => emptyEvent());
  const create = useMutation({
    mutationFn: ({ draft, timeZone }: { draft: EventDraft; timeZone: string }) =>
      createEvent({ body: newEventOf(draft, timeZone) }),
    onSuccess: (made) => {
      eventChanged(queries, made);
      toast(t('editor.created'));
      return navigate({ to: '/organise/events/$eventId', params: { eventId: made.id }, ignoreBlocker: true });
    },
  });
  return (
    <Page title={t('new')} above={<Link to="/organise">{t('back')}</Link>}>
      <EventForm
        initial={initial}
        submit={t('editor.create')}
        busy={create.isPending}
        problem={create.error ? asProblem(create.error) : undefined}
        onSave={(draft, timeZone) => create.mutate({ draft, timeZone })}
      />
    </Page>
  );
};
