import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PinIcon, SearchIcon, SlidersIcon } from '../../ui/icons';
import { FilterDialog } from './FilterDialog';
import classes from './SearchBar.module.css';
import { type DiscoverSearch, filtersIn, type Span, spans, without } from './search';

const pause = 250; // milliseconds after the last key

/** Words, days, "near me", and the way to the other filters. */
export const SearchBar = ({ search }: { search: DiscoverSearch }) => {
  const { t } = useTranslation('discover');
  const navigate = useNavigate({ from: '/' });
  const [more, setMore] = useState(false);
  const count = filtersIn(search);
  return (
    <search className={classes.bar}>
      <Words search={search} />
      <NativeSelect
        className={classes.days}
        aria-label={t('when.label')}
        value={search.when ?? (search.from || search.to ? 'own' : '')}
        onChange={(e) => {
          const value = e.currentTarget.value;
          if (value === 'own') return setMore(true);
          const span = spans.find((s): s is Span => s === value);
          void navigate({
            search: { ...without(search, 'when', 'from', 'to'), ...(span && { when: span }) },
            replace: true,
          });
        }}
      >
        <option value="">{t('when.any')}</option>
        {spans.map((s) => (
          <option key={s} value={s}>
            {t(`when.${s}`)}
          </option>
        ))}
        <option value="own">{t('when.own')}</option>
      </NativeSelect>
      <NearMe search={search} />
      <Button variant="default" leftSection={<SlidersIcon />} aria-haspopup="dialog" onClick={() => setMore(true)}>
        {t('filters.open')}
        {count > 0 && <span className={classes.count}>{count}</span>}
      </Button>
      {more && <FilterDialog search={search} onClose={() => setMore(false)} />}
    </search>
  );
};

/** Searches as one types. The field keeps what is typed; the address follows when the keys rest. */
const Words = ({ search }: { search: DiscoverSearch }) => {
  const { t } = useTranslation('discover');
  const navigate = useNavigate({ from: '/' });
  const [text, setText] = useState(search.q ?? '');
  const told = useRef(search.q ?? '');
  const others = useRef(search); // what else is set when the keys rest
  others.current = search;
  useEffect(() => {
    if ((search.q ?? '') === told.current) return;
    told.current = search.q ?? ''; // gone back, or cleared elsewhere
    setText(told.current);
  }, [search.q]);
  useEffect(() => {
    const q = text.trim();
    if (q === told.current.trim()) return;
    const timer = setTimeout(() => {
      told.current = q;
      void navigate({ search: { ...without(others.current, 'q'), ...(q && { q }) }, replace: true, resetScroll: false });
    }, pause);
    return () => clearTimeout(timer);
  }, [text, navigate]);
  return (
    <TextInput
      className={classes.words}
      type="search"
      aria-label={t('search')}
      placeholder={t('search')}
      leftSection={<SearchIcon />}
      maxLength={200}
      value={text}
      onChange={(e) => setText(e.currentTarget.value)}
    />
  );
};

const NearMe = ({ search }: { search: DiscoverSearch }) => {
  const { t } = useTranslation('discover');
  const navigate = useNavigate({ from: '/' });
  const [state, setState] = useState<'idle' | 'asking' | 'denied'>('idle');
  if (!('geolocation' in navigator)) return null;
  const find = () => {
    setState('asking');
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        setState('idle');
        const near = `${coords.latitude.toFixed(2)},${coords.longitude.toFixed(2)}`; // about a kilometre: as much as it takes
        void navigate({ search: { ...without(search, 'city'), near, radiusKm: 50 } });
      },
      () => setState('denied'),
      { timeout: 15_000, maximumAge: 600_000 },
    );
  };
  return (
    <>
      <Button
        variant={search.near ? 'light' : 'default'}
        leftSection={<PinIcon />}
        loading={state === 'asking'}
        aria-pressed={!!search.near}
        onClick={() => (search.near ? void navigate({ search: without(search, 'near', 'radiusKm') }) : find())}
      >
        {t('near.find')}
      </Button>
      {state === 'denied' && (
        <p className={classes.denied} role="alert">
          {t('near.denied')}
        </p>
      )}
    </>
  );
};
