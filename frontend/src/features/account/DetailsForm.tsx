import { Button, NativeSelect, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { updateMe } from '../../api/gen/sdk.gen';
import type { User, UserPatch } from '../../api/gen/types.gen';
import { countriesIn } from '../../lib/countries';
import { useApiField } from '../../lib/fields';
import { useFormat } from '../../lib/format';
import { languages } from '../../lib/i18n';
import { asProblem } from '../../lib/problem';
import { currentSession, personChanged } from '../../lib/session';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { toast } from '../../ui/Toasts';
import classes from './AccountPage.module.css';

const longestName = 200; // characters, as the API has it

/** What of a draft differs from what is stored: a merge patch, in which null removes. */
const patchOf = (me: User, draft: { name: string; locale: string; country: string }): UserPatch => ({
  ...(draft.name.trim() !== me.name && { name: draft.name.trim() }),
  ...(draft.locale !== (me.locale ?? '') && { locale: draft.locale || null }),
  ...(draft.country !== (me.country ?? '') && { country: draft.country || null }),
});

/** Name, language and country of a person, as others and the platform know them. */
export const DetailsForm = ({ me }: { me: User }) => {
  const { t } = useTranslation('account');
  const { t: common } = useTranslation();
  const { locale } = useFormat();
  const apiField = useApiField();
  const queries = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const emailHint = useId();
  const [draft, setDraft] = useState({ name: me.name, locale: me.locale ?? '', country: me.country ?? '' });
  const [tried, setTried] = useState(false);
  const save = useMutation({
    mutationFn: (body: UserPatch) => updateMe({ body }),
    onSuccess: (user) => {
      const { person } = currentSession();
      if (person) personChanged({ ...person, name: user.name });
      queries.setQueryData(['me'], user);
      toast(t('details.saved'));
    },
  });
  const problem = save.error ? asProblem(save.error) : undefined;
  const set = (change: Partial<typeof draft>) => {
    save.reset();
    setDraft({ ...draft, ...change });
  };
  const nameWrong = () => {
    if (tried && !draft.name.trim()) return t('details.nameMissing');
    if (tried && [...draft.name.trim()].length > longestName) return t('details.nameLong');
    return apiField(problem, 'body.name');
  };
  useEffect(() => {
    if (save.error) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [save.error]);

  const submit = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    const name = draft.name.trim();
    if (!name || [...name].length > longestName) return form.current?.querySelector('input')?.focus();
    const patch = patchOf(me, draft);
    if (Object.keys(patch).length === 0) toast(t('details.saved'));
    else if (!save.isPending) save.mutate(patch);
  };
  const spoken: Record<string, string> = languages;
  return (
    <form ref={form} className={classes.form} noValidate onSubmit={submit}>
      {problem && problem.fields.length === 0 && <ProblemNotice problem={problem} focus />}
      <TextInput
        label={t('details.name')}
        autoComplete="name"
        required
        withAsterisk={false}
        value={draft.name}
        onChange={(e) => set({ name: e.currentTarget.value })}
        error={nameWrong()}
      />
      <div>
        <TextInput label={t('details.email')} value={me.email} readOnly dir="ltr" aria-describedby={emailHint} />
        <p id={emailHint} className={classes.hint}>
          {t('details.emailHint')}
        </p>
      </div>
      <div className={classes.pair}>
        <NativeSelect
          label={t('details.country')}
          autoComplete="country"
          value={draft.country}
          onChange={(e) => set({ country: e.currentTarget.value })}
          error={apiField(problem, 'body.country')}
        >
          <option value="">{t('details.unsaid')}</option>
          {countriesIn(locale).map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </NativeSelect>
        <NativeSelect
          label={t('details.locale')}
          value={draft.locale}
          onChange={(e) => set({ locale: e.currentTarget.value })}
          error={apiField(problem, 'body.locale')}
        >
          <option value="">{t('details.unsaid')}</option>
          {[...new Set([...Object.keys(languages), ...(me.locale ? [me.locale] : [])])].map((tag) => (
            <option key={tag} value={tag} lang={tag}>
              {spoken[tag] ?? new Intl.DisplayNames(locale, { type: 'language' }).of(tag) ?? tag}
            </option>
          ))}
        </NativeSelect>
      </div>
      <Button type="submit" loading={save.isPending} className={classes.save}>
        {common('save')}
      </Button>
    </form>
  );
};
