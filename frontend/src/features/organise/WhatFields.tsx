import { NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { categoriesQuery } from '../../lib/events';
import { Artwork } from '../../ui/Artwork';
import { bounds, isPicture } from './check';
import form_ from './EventForm.module.css';
import type { EventForm } from './useEventForm';
import classes from './WhatFields.module.css';

const scheme = 'https://'; // such as an address begins

/** What it is: name, category, description, performers, picture. */
export const WhatFields = ({ form }: { form: EventForm }) => {
  const { t } = useTranslation('organise');
  const { data: categories = [] } = useQuery(categoriesQuery());
  const { draft, field } = form;
  const known = categories.some((c) => c.id === draft.category) || !draft.category;
  return (
    <section className={form_.part} aria-labelledby="what">
      <h2 id="what" className={form_.heading}>
        {t('editor.what')}
      </h2>
      <TextInput {...field('name')} label={t('field.name')} required autoComplete="off" maxLength={bounds.name * 2} />
      <NativeSelect {...field('category')} label={t('field.category')} required>
        <option value="">{t('editor.choose')}</option>
        {!known && <option value={draft.category}>{draft.category}</option>}
        {categories.map(({ id, name }) => (
          <option key={id} value={id}>
            {t(`category.${id}` as 'category.other', { defaultValue: name })}
          </option>
        ))}
      </NativeSelect>
      <Textarea {...field('description')} label={t('field.description')} rows={6} />
      <Textarea {...field('performers')} label={t('field.performers')} description={t('editor.performersHint')} rows={3} />
      <TextInput
        {...field('imageUrl')}
        type="url"
        label={t('field.imageUrl')}
        description={t('editor.imageHint')}
        placeholder={scheme}
        autoComplete="off"
        dir="ltr"
      />
      <Picture key={draft.imageUrl} url={draft.imageUrl.trim()} seed={form.base?.id ?? draft.name} />
    </section>
  );
};

/** The picture as it will be seen; ours where there is none, and a word where the one there is cannot be loaded. */
const Picture = ({ url, seed }: { url: string; seed: string }) => {
  const { t } = useTranslation('organise');
  const [broken, setBroken] = useState(false);
  const shown = url && isPicture(url) && !broken ? url : undefined;
  return (
    <div className={classes.picture} onErrorCapture={() => setBroken(true)}>
      <Artwork seed={seed} src={shown} />
      {broken && (
        <p className={form_.wrong} role="status">
          {t('editor.imageBroken')}
        </p>
      )}
    </div>
  );
};
