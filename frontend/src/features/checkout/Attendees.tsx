import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Hold } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import type { Draft } from '../../lib/purchase';
import classes from './Attendees.module.css';
import { thatsMe } from './attendees';

type Field = keyof Draft;

/** The id of a ticket's field, for who leads there. */
export const fieldId = (ticket: number, field: Field): string => `ticket-${ticket}-${field}`;

interface Props {
  hold: Hold;
  drafts: Draft[];
  /** The buyer's own name. */
  me: string;
  onChange: (drafts: Draft[], ticket: number) => void;
  /** What is wrong with a field, in words. */
  wrong: (ticket: number, field: Field) => string | undefined;
}

/** Whom the tickets are for: one group of fields each. */
export const Attendees = ({ hold, drafts, me, onChange, wrong }: Props) => {
  const { t } = useTranslation('checkout');
  const format = useFormat();
  const [moved, setMoved] = useState<number>();
  const mine = drafts.findIndex((d) => me && d.name.trim() === me);
  return (
    <section className={classes.attendees} aria-labelledby="attendees">
      <h2 id="attendees">{t('attendees.title')}</h2>
      <p className={classes.hint}>{t('attendees.hint')}</p>
      {hold.seats.map((seat, i) => {
        const number = format.number(i + 1);
        const draft = drafts[i] ?? { name: '', email: '' };
        const set = (change: Partial<Draft>) =>
          onChange(
            drafts.map((d, j) => (j === i ? { ...d, ...change } : d)),
            i,
          );
        const section = `section-ticket${i + 1}`;
        return (
          <fieldset key={`${seat.sectionId} ${seat.row} ${seat.number}`} className={classes.ticket}>
            <legend>
              <span className={classes.number}>{t('attendees.ticket', { number })}</span>
              <span className={classes.seat}>
                {seat.row
                  ? t('attendees.seat', { section: seat.section, row: seat.row, number: format.number(seat.number) })
                  : seat.section}
              </span>
            </legend>
            {me && mine !== i && (
              <Button
                size="sm"
                variant="subtle"
                className={classes.me}
                aria-label={t('attendees.meFor', { number })}
                onClick={() => {
                  onChange(thatsMe(drafts, i, me), i);
                  setMoved(i);
                }}
              >
                {t('attendees.me')}
              </Button>
            )}
            <div className={classes.fields}>
              <TextInput
                id={fieldId(i, 'name')}
                label={t('attendees.name')}
                autoComplete={`${section} name`}
                autoCapitalize="words"
                value={draft.name}
                onChange={(e) => set({ name: e.currentTarget.value })}
                error={wrong(i, 'name')}
              />
              <TextInput
                id={fieldId(i, 'email')}
                label={t('attendees.email')}
                type="email"
                inputMode="email"
                autoComplete={`${section} email`}
                value={draft.email}
                onChange={(e) => set({ email: e.currentTarget.value })}
                error={wrong(i, 'email')}
              />
            </div>
          </fieldset>
        );
      })}
      <div className="visually-hidden" role="status">
        {moved !== undefined && t('attendees.moved', { number: format.number(moved + 1) })}
      </div>
    </section>
  );
};
