import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { createLocation } from '../../api/gen/sdk.gen';
import { viewerZone } from '../../lib/format';
import { asProblem } from '../../lib/problem';
import { Page } from '../../ui/Page';
import { LocationForm } from './LocationForm';
import { emptyLocation, type LocationDraft, newLocationOf } from './location';

/** Makes a location, then goes on to draw its first hall. */
export const NewLocationPage = () => {
  const { t } = useTranslation('locations');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: (draft: LocationDraft) => createLocation({ body: newLocationOf(draft) }),
    onSuccess: (made) => {
      queries.setQueryData(['location', made.id], made);
      void queries.invalidateQueries({ queryKey: ['locations'] });
      return navigate({
        to: '/organise/locations/$locationId/halls/$hallId',
        params: { locationId: made.id, hallId: 'new' },
      });
    },
  });
  return (
    <Page title={t('new')} above={<Link to="/organise/locations">{t('back')}</Link>} width="narrow">
      <LocationForm
        initial={emptyLocation(viewerZone())}
        submit={t('create')}
        busy={create.isPending}
        problem={create.error ? asProblem(create.error) : undefined}
        onSubmit={(draft) => create.mutate(draft)}
      />
    </Page>
  );
};
