import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { countriesIn } from '../../lib/countries';
import { useFormat } from '../../lib/format';
import { Dialog } from '../../ui/Dialog';
import classes from './FilterDialog.module.css';
import { type DiscoverSearch, parseDiscover } from './search';

interface Props {
  search: DiscoverSearch;
  onClose(): void;
}

const asText = (value: number | undefined): string => (value === undefined ? '' : String(value));

/** Place, days, price and free places, set at once. */
export const FilterDialog = ({ search, onClose }: Props) => {
  const { t } = useTranslation('discover');
  const { locale } = useFormat();
  const navigate = useNavigate({ from: '/' });
  const countries = useMemo(() => countriesIn(locale), [locale]);
  const [form, setForm] = useState({
    city: search.city ?? '',
    country: search.country ?? '',
    from: search.from ?? '',
    to: search.to ?? '',
    price: asText(search.price),
    seats: asText(search.seats),
  });
  const field = (name: keyof typeof form) => ({
    value: form[name],
    onChange: (e: { currentTarget: { value: string } }) => setForm({ ...form, [name]: e.currentTarget.value }),
  });
  const wrong = (name: 'price' | 'seats') =>
    form[name].trim() && parseDiscover({ [name]: form[name] })[name] === undefined ? t('filters.number') : undefined;
  const wrongTo = form.from && form.to && form.to < form.from ? t('filters.toWrong') : undefined;
  const apply = (e: FormEvent) => {
    e.preventDefault();
    if (wrongTo || wrong('price') || wrong('seats')) return;
    const { q, category, near, radiusKm, when } = search;
    const days = form.from || form.to ? { from: form.from, to: form.to } : { when };
    onClose();
    void navigate({
      search: parseDiscover({ q, category, ...(!form.city && { near, radiusKm }), ...form, from: '', to: '', ...days }),
    });
  };
  return (
    <Dialog open title={t('filters.open')} onClose={onClose}>
      <form className={classes.form} onSubmit={apply} noValidate>
        <div className={classes.pair}>
          <TextInput label={t('filters.city')} autoComplete="address-level2" {...field('city')} />
          <NativeSelect label={t('filters.country')} {...field('country')}>
            <option value="">{t('filters.anyCountry')}</option>
            {countries.map(({ code, name }) => (
              <option key={code} value={code}>
                {name}
              </option>
            ))}
          </NativeSelect>
        </div>
        <div className={classes.pair}>
          <TextInput type="date" label={t('filters.from')} {...field('from')} />
          <TextInput type="date" label={t('filters.to')} min={form.from} error={wrongTo} {...field('to')} />
        </div>
        <div className={classes.pair}>
          <TextInput
            label={t('filters.price')}
            description={t('filters.priceHint')}
            inputMode="numeric"
            error={wrong('price')}
            {...field('price')}
          />
          <TextInput
            label={t('filters.seats')}
            description={t('filters.seatsHint')}
            inputMode="numeric"
            error={wrong('seats')}
            {...field('seats')}
          />
        </div>
        <Button type="submit" fullWidth>
          {t('filters.apply')}
        </Button>
      </form>
    </Dialog>
  );
};
