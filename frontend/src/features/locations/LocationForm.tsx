import { Button, NativeSelect, TextInput } from '@mantine/core';
import { type FormEvent, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { countriesIn } from '../../lib/countries';
import { useApiField } from '../../lib/fields';
import { useFormat } from '../../lib/format';
import type { Problem } from '../../lib/problem';
import { useAfterPress } from '../../lib/useAfterPress';
import { Notice } from '../../ui/Notice';
import { ProblemNotice } from '../../ui/ProblemNotice';
import classes from './LocationForm.module.css';
import { type LocationDraft, wrongInLocation } from './location';

interface Props {
  initial: LocationDraft;
  submit: string;
  busy: boolean;
  problem: Problem | undefined;
  /** Something was typed. */
  onTouch?(): void;
  onSubmit(draft: LocationDraft): void;
}

const zones = Intl.supportedValuesOf('timeZone');

/** Address, time zone and position of a location. */
export const LocationForm = ({ initial, submit, busy, problem, onTouch, onSubmit }: Props) => {
  const { t } = useTranslation('locations');
  const { locale } = useFormat();
  const apiField = useApiField();
  const afterPress = useAfterPress();
  const form = useRef<HTMLFormElement>(null);
  const zoneList = useId();
  const [draft, setDraft] = useState(initial);
  const [left, setLeft] = useState<Partial<Record<keyof LocationDraft, true>>>({});
  const [noPosition, setNoPosition] = useState(false);
  const countries = useMemo(() => countriesIn(locale), [locale]);
  const wrong = wrongInLocation(draft);

  // Words appear once a field was left, or all was sent; the API's where it knows better.
  const field = (name: keyof LocationDraft) => {
    const w = left[name] ? wrong[name] : undefined;
    return {
      name,
      label: t(`field.${name}`),
      value: draft[name],
      onChange: (e: { currentTarget: { value: string } }) => {
        setDraft({ ...draft, [name]: e.currentTarget.value });
        onTouch?.();
      },
      onBlur: () => afterPress(() => setLeft((l) => ({ ...l, [name]: true }))),
      error: w ? t(`wrong.${w.text}`, w.values ?? {}) : apiField(problem, `body.${name}`),
    };
  };
  const send = (e: FormEvent) => {
    e.preventDefault();
    const names = Object.keys(wrong) as (keyof LocationDraft)[];
    setLeft(Object.fromEntries(Object.keys(draft).map((name) => [name, true])));
    const first = names[0];
    if (first) return form.current?.querySelector<HTMLElement>(`[name="${first}"]`)?.focus();
    onSubmit(draft);
  };
  const here = () => {
    navigator.geolocation?.getCurrentPosition(
      ({ coords }) => {
        setNoPosition(false);
        onTouch?.();
        setDraft((d) => ({ ...d, latitude: coords.latitude.toFixed(5), longitude: coords.longitude.toFixed(5) }));
      },
      () => setNoPosition(true),
    );
  };
  return (
    <form ref={form} className={classes.form} onSubmit={send} noValidate>
      {problem && problem.fields.length === 0 && <ProblemNotice problem={problem} focus />}
      <TextInput {...field('name')} required autoComplete="off" maxLength={200} />
      <TextInput {...field('address')} required autoComplete="street-address" />
      <div className={classes.pair}>
        <TextInput {...field('city')} required autoComplete="address-level2" />
        <TextInput {...field('region')} autoComplete="address-level1" />
      </div>
      <div className={classes.pair}>
        <NativeSelect {...field('country')} required autoComplete="country">
          <option value="">{t('field.choose')}</option>
          {countries.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </NativeSelect>
        <TextInput {...field('timeZone')} required list={zoneList} autoComplete="off" dir="ltr" />
        <datalist id={zoneList}>
          {zones.map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      </div>
      <p className={classes.hint}>{t('field.timeZoneHint')}</p>
      <fieldset className={classes.position}>
        <legend>{t('field.position')}</legend>
        <p className={classes.hint}>{t('field.positionHint')}</p>
        <div className={classes.pair}>
          <TextInput {...field('latitude')} inputMode="decimal" dir="ltr" />
          <TextInput {...field('longitude')} inputMode="decimal" dir="ltr" />
        </div>
        {'geolocation' in navigator && (
          <Button size="sm" variant="subtle" onClick={here}>
            {t('field.here')}
          </Button>
        )}
        {noPosition && <Notice kind="warn" title={t('field.noPosition')} />}
      </fieldset>
      <Button type="submit" loading={busy} size="md">
        {submit}
      </Button>
    </form>
  );
};
