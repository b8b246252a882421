import { type FormEvent, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './CodeForm.module.css';
import { wakeSound } from './feedback';

interface Props {
  onCode: (text: string) => void;
  checking: boolean;
}

/** For codes that are typed from a ticket, or by a hand scanner while the field has the focus. */
export const CodeForm = ({ onCode, checking }: Props) => {
  const { t } = useTranslation('scan');
  const id = useId();
  const [text, setText] = useState('');
  const [empty, setEmpty] = useState(false);
  const submit = (e: FormEvent) => {
    e.preventDefault();
    wakeSound();
    setEmpty(!text.trim());
    if (!text.trim()) return;
    onCode(text);
    setText('');
  };
  return (
    <form className={classes.form} onSubmit={submit} noValidate>
      <label className={classes.label} htmlFor={id}>
        {t('form.label')}
      </label>
      <div className={classes.row}>
        <input
          id={id}
          className={classes.field}
          value={text}
          onChange={(e) => {
            setText(e.target.value);
            setEmpty(false);
          }}
          dir="ltr"
          placeholder="0000-0000-…"
          autoCapitalize="characters"
          autoComplete="off"
          autoCorrect="off"
          spellCheck={false}
          enterKeyHint="go"
          maxLength={512}
          aria-invalid={empty}
          aria-describedby={empty ? `${id}-empty` : undefined}
        />
        <button type="submit" className={classes.check} aria-disabled={checking}>
          {t(checking ? 'form.checking' : 'form.check')}
        </button>
      </div>
      {empty && (
        <p id={`${id}-empty`} className={classes.empty} role="alert">
          {t('form.empty')}
        </p>
      )}
    </form>
  );
};
