import { Skeleton } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createHall, updateHall } from '../../api/gen/sdk.gen';
import type { Hall, Location } from '../../api/gen/types.gen';
import { locationQuery } from '../../lib/events';
import { asProblem } from '../../lib/problem';
import { Message } from '../../ui/Message';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { toast } from '../../ui/Toasts';
import { HallEditor } from './HallEditor';
import { draftOf, type HallDraft, hallOf } from './hall';
import { ifMatch } from './queries';

const newHall: HallDraft = { name: '', sections: [] };

/** Draws a hall, a new one at /halls/new. */
export const HallPage = () => {
  const { t } = useTranslation('locations');
  const { locationId, hallId } = useParams({ from: '/organise/locations/$locationId/halls/$hallId' });
  const { data: location, error, refetch } = useQuery(locationQuery(locationId));
  if (error && !location) return <ProblemNotice problem={asProblem(error)} onRetry={() => void refetch()} />;
  const title = t(hallId === 'new' ? 'hallNew' : 'hallEdit');
  if (!location)
    return (
      <Page title={title}>
        <Skeleton height={320} radius="md" />
      </Page>
    );
  const back = (
    <Link to="/organise/locations/$locationId" params={{ locationId }}>
      {location.name}
    </Link>
  );
  const hall = location.halls.find((h) => h.id === hallId);
  if (hallId !== 'new' && !hall) return <Message title={t('hallMissing')}>{back}</Message>;
  return (
    <Page title={title} above={back}>
      <Editor key={hallId} location={location} hall={hall} />
    </Page>
  );
};

const Editor = ({ location, hall: current }: { location: Location; hall: Hall | undefined }) => {
  const { t } = useTranslation('locations');
  const navigate = useNavigate();
  const queries = useQueryClient();
  // What is drawn on is what was opened, whatever is read meanwhile: so others' changes are never overwritten unseen.
  const [hall] = useState(current);
  const [initial] = useState(() => (hall ? draftOf(hall) : newHall));
  const path = { locationId: location.id };
  const save = useMutation({
    mutationFn: (draft: HallDraft) =>
      hall
        ? updateHall({
            path: { ...path, hallId: hall.id },
            headers: { 'If-Match': ifMatch(hall.version) },
            body: hallOf(draft),
          })
        : createHall({ path, body: hallOf(draft) }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['location', location.id] });
      void queries.invalidateQueries({ queryKey: ['locations'] });
      toast(t('saved'));
      return navigate({ to: '/organise/locations/$locationId', params: path, ignoreBlocker: true });
    },
  });
  return (
    <>
      {hall && <Notice kind="info" title={t('hallPublished')} />}
      <HallEditor
        initial={initial}
        busy={save.isPending}
        problem={save.error ? asProblem(save.error) : undefined}
        onSave={(draft) => save.mutate(draft)}
      />
    </>
  );
};
