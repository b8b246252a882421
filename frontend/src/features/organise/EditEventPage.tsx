import { Skeleton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getEvent, updateEvent } from '../../api/gen/sdk.gen';
import type { Event, EventPatch } from '../../api/gen/types.gen';
import { eventQuery } from '../../lib/events';
import { asProblem } from '../../lib/problem';
import { Message } from '../../ui/Message';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { toast } from '../../ui/Toasts';
import { Conflict } from './Conflict';
import { draftOf, onto, patchOf } from './draft';
import { EventForm } from './EventForm';
import { eventChanged, ifMatch } from './queries';

/** Changes an event, from the version that was opened. */
export const EditEventPage = () => {
  const { t } = useTranslation('organise');
  const { eventId } = useParams({ from: '/organise/events/$eventId/edit' });
  const { data: event, error, refetch } = useQuery({ ...eventQuery(eventId), staleTime: 0 });
  const [opened, setOpened] = useState<Event>();
  // What is edited stays what was opened, whatever is read meanwhile.
  if (event && opened?.id !== eventId) setOpened(event);
  const back = (
    <Link to="/organise/events/$eventId" params={{ eventId }}>
      {opened?.name ?? t('back')}
    </Link>
  );
  if (!opened)
    return (
      <Page title={t('edit')} above={back}>
        {error ? (
          <ProblemNotice problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : (
          <Skeleton height={520} radius="md" />
        )}
      </Page>
    );
  if (opened.status === 'cancelled' || opened.status === 'ended')
    return (
      <Message title={t('edit')} text={t('editor.over')}>
        {back}
      </Message>
    );
  return (
    <Page title={t('edit')} above={back}>
      <Editor key={opened.version} opened={opened} onReload={setOpened} />
    </Page>
  );
};

const Editor = ({ opened, onReload }: { opened: Event; onReload(current: Event): void }) => {
  const { t } = useTranslation('organise');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [initial] = useState(() => draftOf(opened));
  const [conflict, setConflict] = useState<{ current: Event; patch: EventPatch }>();
  const save = useMutation({
    mutationFn: async ({ patch, version }: { patch: EventPatch; version: number }) => {
      if (Object.keys(patch).length === 0) return opened;
      try {
        return await updateEvent({
          path: { eventId: opened.id },
          headers: { 'If-Match': ifMatch(version) },
          body: patch,
        });
      } catch (thrown) {
        if (asProblem(thrown).status !== 412) throw thrown;
        setConflict({ current: await getEvent({ path: { eventId: opened.id } }), patch });
        return undefined;
      }
    },
    onSuccess: (saved) => {
      if (!saved) return undefined;
      eventChanged(queries, saved);
      toast(t('editor.saved'));
      return navigate({ to: '/organise/events/$eventId', params: { eventId: saved.id }, ignoreBlocker: true });
    },
  });
  return (
    <>
      <EventForm
        initial={initial}
        base={opened}
        submit={t('editor.save')}
        busy={save.isPending}
        problem={save.error ? asProblem(save.error) : undefined}
        onSave={(draft, timeZone) => save.mutate({ patch: patchOf(opened, draft, timeZone), version: opened.version })}
      />
      {conflict && (
        <Conflict
          opened={opened}
          current={conflict.current}
          patch={conflict.patch}
          onClose={() => setConflict(undefined)}
          onOverwrite={() => {
            setConflict(undefined);
            save.mutate({ patch: onto(conflict.current, conflict.patch), version: conflict.current.version });
          }}
          onReload={() => {
            queries.setQueryData(['event', opened.id], conflict.current);
            onReload(conflict.current);
          }}
        />
      )}
    </>
  );
};
