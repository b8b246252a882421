import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Attendee, TicketAttendee } from '../api/gen/types.gen';
import { useApiField } from '../lib/fields';
import { asProblem, type Problem } from '../lib/problem';
import classes from './NameTicket.module.css';
import { ProblemNotice } from './ProblemNotice';

interface Props {
  attendee: TicketAttendee;
  /** What a new name does, besides renewing the code. */
  effect: string;
  save: (attendee: Attendee) => Promise<unknown>;
  onDone: () => void;
}

const longest = 200; // characters, as the API allows
const fields = ['body.attendee.name', 'body.attendee.email'];

/** Names who uses a ticket, in place. */
export const NameTicket = ({ attendee, effect, save, onDone }: Props) => {
  const { t } = useTranslation(['ticket', 'common']);
  const apiField = useApiField();
  const [name, setName] = useState(attendee.name ?? '');
  const [email, setEmail] = useState(attendee.email ?? '');
  const [missing, setMissing] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [saving, setSaving] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const tooLong = [...name.trim()].length > longest;
  const nameError =
    (missing && t('name.missing')) || (tooLong && t('name.tooLong', { max: longest })) || apiField(problem, 'body.attendee.name');
  const atField = problem?.fields.some((f) => fields.includes(f.location));
  const focusOn = (field: string) => form.current?.querySelector<HTMLInputElement>(`[name=${field}]`)?.focus();

  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setProblem(undefined);
    setMissing(!name.trim());
    if (!name.trim() || tooLong) return focusOn('name');
    setSaving(true);
    try {
      await save({ name: name.trim(), ...(email.trim() && { email: email.trim() }) });
      onDone();
    } catch (thrown) {
      const found = asProblem(thrown);
      setProblem(found);
      setSaving(false);
      focusOn(found.at('body.attendee.email') && !found.at('body.attendee.name') ? 'email' : 'name');
    }
  };

  return (
    <form ref={form} className={classes.form} noValidate onSubmit={(e) => void submit(e)}>
      <TextInput
        label={t('name.name')}
        name="name"
        autoComplete="name"
        autoFocus
        value={name}
        onChange={(e) => {
          setName(e.target.value);
          setMissing(false);
        }}
        error={nameError}
      />
      <TextInput
        label={
          <>
            {t('name.email')} <span className={classes.optional}>({t('common:optional')})</span>
          </>
        }
        name="email"
        type="email"
        inputMode="email"
        autoComplete="email"
        value={email}
        onChange={(e) => setEmail(e.target.value)}
        error={apiField(problem, 'body.attendee.email')}
      />
      <p className={classes.effect}>{effect}</p>
      {problem && !atField && <ProblemNotice problem={problem} focus />}
      <div className={classes.buttons}>
        <Button type="submit" loading={saving}>
          {t('common:save')}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t('common:cancel')}
        </Button>
      </div>
    </form>
  );
};
