import { Button, Skeleton, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Hall, Location } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { asProblem } from '../../lib/problem';
import { useSession } from '../../lib/session';
import { HallPreview } from '../../ui/HallPreview';
import { PinIcon, SearchIcon } from '../../ui/icons';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { currencyIn } from './currency';
import form_ from './EventForm.module.css';
import classes from './PlaceFields.module.css';
import { placesIn } from './places';
import { placesQuery } from './queries';
import type { EventForm } from './useEventForm';

/** Where it is: a location, one's own or not, and one of its halls. */
export const PlaceFields = ({ form }: { form: EventForm }) => {
  const { t } = useTranslation('organise');
  const { draft, location, errorAt } = form;
  const [choosing, setChoosing] = useState(draft.locationId === '');
  const wrong = errorAt('body.locationId');
  const choose = (l: Location) => {
    setChoosing(false);
    const hall = l.halls.length === 1 ? l.halls[0] : l.halls.find((h) => h.id === draft.hallId);
    form.change({ do: 'hall', locationId: l.id, hallId: hall?.id ?? '', from: form.sections, to: hall?.sections ?? [] });
    if (draft.ticketTypes.length === 0) form.change({ do: 'set', field: 'currency', value: currencyIn(l.country) });
  };
  return (
    <section className={form_.part} aria-labelledby="where">
      <h2 id="where" className={form_.heading}>
        {t('editor.where')}
      </h2>
      {choosing ? (
        <Choice error={wrong} onChoose={choose} />
      ) : (
        <Chosen location={location} onChange={() => setChoosing(true)} error={wrong} />
      )}
      {!choosing && location && <Halls form={form} location={location} />}
    </section>
  );
};

const Chosen = ({
  location,
  error,
  onChange,
}: {
  location: Location | undefined;
  error: string | undefined;
  onChange(): void;
}) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  if (!location) return <Skeleton height={72} radius="md" />;
  return (
    <>
      <div className={classes.chosen}>
        <PinIcon />
        <p className={classes.words}>
          <strong>{location.name}</strong>
          <span>{[location.address, location.city, format.country(location.country)].join(', ')}</span>
        </p>
        <Button variant="default" size="sm" onClick={onChange}>
          {t('editor.change')}
        </Button>
      </div>
      {error && <p className={form_.wrong}>{error}</p>}
    </>
  );
};

const Choice = ({ error, onChoose }: { error: string | undefined; onChoose(l: Location): void }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const { person } = useSession();
  const [text, setText] = useState('');
  const q = useDeferredValue(text.trim());
  const organisations = person?.organisations ?? [];
  const found = useQuery(placesQuery(organisations, q));
  return (
    <>
      <TextInput
        name="body.locationId"
        type="search"
        label={t('field.locationId')}
        description={t('editor.placeHint')}
        placeholder={t('editor.placeSearch')}
        leftSection={<SearchIcon />}
        required
        value={text}
        error={error}
        onChange={(e) => setText(e.currentTarget.value)}
      />
      {found.isPending && <Skeleton height={180} radius="md" />}
      {found.isError && <ProblemNotice problem={asProblem(found.error)} onRetry={() => void found.refetch()} />}
      {found.data && found.data.length > 0 && (
        <ul className={classes.found}>
          {found.data.map((l) => (
            <li key={l.id}>
              <button type="button" onClick={() => onChoose(l)}>
                <strong>{l.name}</strong>
                {organisations.includes(l.organisationId) && <span className={classes.own}>{t('editor.own')}</span>}
                <span className={classes.address}>{[l.city, format.country(l.country)].join(', ')}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      {found.data?.length === 0 && <p className={form_.hint}>{t(q ? 'editor.placeNone' : 'editor.placeEmpty')}</p>}
      <Link to="/organise/locations/new">{t('editor.placeNew')}</Link>
    </>
  );
};

const Halls = ({ form, location }: { form: EventForm; location: Location }) => {
  const { t } = useTranslation('organise');
  const wrong = form.errorAt('body.hallId');
  const choose = (h: Hall) =>
    form.change({ do: 'hall', locationId: location.id, hallId: h.id, from: form.sections, to: h.sections });
  if (location.halls.length === 0)
    return (
      <p className={form_.hint}>
        {t('editor.noHalls')}{' '}
        <Link to="/organise/locations/$locationId/halls/$hallId" params={{ locationId: location.id, hallId: 'new' }}>
          {t('editor.hallNew')}
        </Link>
      </p>
    );
  return (
    <fieldset className={classes.halls} aria-describedby={wrong ? 'hall-wrong' : undefined}>
      <legend>{t('field.hallId')}</legend>
      {location.halls.map((h) => (
        <label key={h.id} className={classes.hall}>
          <input
            type="radio"
            name="body.hallId"
            aria-invalid={wrong ? true : undefined}
            checked={h.id === form.draft.hallId}
            onChange={() => choose(h)}
          />
          <span className={classes.drawing}>
            <HallPreview sections={h.sections} stage="" />
          </span>
          <strong>{h.name}</strong>
          <span className={classes.address}>{t('places', { count: placesIn(h.sections) })}</span>
        </label>
      ))}
      {wrong && (
        <p className={form_.wrong} id="hall-wrong">
          {wrong}
        </p>
      )}
    </fieldset>
  );
};
