import { Button } from '@mantine/core';
import { type FormEvent, type KeyboardEvent, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Hold } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import type { Problem } from '../../lib/problem';
import type { Draft, Purchase } from '../../lib/purchase';
import { useSession } from '../../lib/session';
import { Notice } from '../../ui/Notice';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Attendees, fieldId } from './Attendees';
import { draftsFor, mistakesIn } from './attendees';
import type { Checkout } from './flow';
import classes from './OrderForm.module.css';
import { provider } from './payments';

interface Props {
  hold: Hold;
  purchase: Purchase;
  /** What the last try to book came to. */
  problem: Problem | undefined;
  /** What the payment provider gave; kept while a payment is under way. */
  token: string;
  onToken: (token: string) => void;
  checkout: Checkout;
}

const fields = ['name', 'email'] as const;

/** Names, payment, and the one button. */
export const OrderForm = ({ hold, purchase, problem, token, onToken, checkout }: Props) => {
  const { t } = useTranslation('checkout');
  const { t: common } = useTranslation();
  const format = useFormat();
  const me = useSession().person?.name ?? '';
  const drafts = draftsFor(purchase.attendees, hold.seats.length, me);
  const [tried, setTried] = useState(false);
  const [mended, setMended] = useState<number[]>([]); // tickets that were changed since the API refused
  const form = useRef<HTMLFormElement>(null);
  const toFirst = useCallback(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(), []);
  const free = hold.total.amount === 0;

  const mistakes = mistakesIn(drafts);
  const refused = (ticket: number, field: keyof Draft) =>
    !!problem?.fields.some((f) => f.location === `body.attendees[${ticket}].${field}`);
  const wrong = (ticket: number, field: keyof Draft): string | undefined => {
    const mistake = tried ? mistakes.find((m) => m.ticket === ticket && m.field === field) : undefined;
    if (mistake) return t(`attendees.wrong.${mistake.wrong}`);
    if (!refused(ticket, field) || mended.includes(ticket)) return undefined;
    return t(field === 'name' ? 'attendees.wrong.name' : 'attendees.wrong.address');
  };
  const shown = drafts.flatMap((_, ticket) =>
    fields.flatMap((field) => {
      const text = wrong(ticket, field);
      return text ? [{ ticket, field, text }] : [];
    }),
  );
  const first = shown[0];
  const paymentRefused = !!problem?.fields.some((f) => f.location.startsWith('body.payment'));
  const fieldsRefused = !!problem?.fields.some((f) => f.location.startsWith('body.attendees['));

  // Where the API refused a field, the focus goes there.
  useEffect(() => {
    setMended([]);
    if (fieldsRefused) toFirst();
  }, [fieldsRefused, toFirst]);

  const submit = (e: FormEvent) => {
    e.preventDefault();
    setTried(true);
    if (mistakes.length > 0) {
      requestAnimationFrame(toFirst); // once they are marked
      return;
    }
    checkout.name(drafts);
    checkout.pay(free ? undefined : { method: provider.method, token });
  };

  return (
    <form ref={form} className={classes.form} noValidate onSubmit={submit} onKeyDown={noPayingByEnter}>
      {problem && !fieldsRefused && !paymentRefused && <ProblemNotice problem={problem} focus />}
      <Attendees
        hold={hold}
        drafts={drafts}
        me={me}
        wrong={wrong}
        onChange={(next, ticket) => {
          checkout.name(next);
          if (problem) setMended([...mended, ticket]);
        }}
      />
      {!free && (
        <fieldset className={classes.payment}>
          <legend>{t('payment.title')}</legend>
          <provider.Form token={token} onChange={onToken} error={paymentRefused ? common('problem.422') : undefined} />
        </fieldset>
      )}
      {first && (
        <Notice kind="bad" title={t('submit.mistakes', { count: shown.length })}>
          <ul className={classes.mistakes}>
            {shown.map(({ ticket, field, text }) => (
              <li key={fieldId(ticket, field)}>
                <a href={`#${fieldId(ticket, field)}`} onClick={(e) => toField(e, fieldId(ticket, field))}>
                  {t('submit.mistake', { number: format.number(ticket + 1), text })}
                </a>
              </li>
            ))}
          </ul>
        </Notice>
      )}
      <Button type="submit" size="lg" fullWidth className={classes.submit} disabled={!free && !token}>
        {free ? t('submit.book') : t('submit.pay', { total: format.money(hold.total) })}
      </Button>
    </form>
  );
};

// Enter in a field, pressed to have done with it, must not pay.
const noPayingByEnter = (e: KeyboardEvent<HTMLFormElement>) => {
  if (e.key === 'Enter' && e.target instanceof HTMLInputElement) e.preventDefault();
};

// The address stays as it is: it is the router's.
const toField = (e: { preventDefault(): void }, id: string) => {
  e.preventDefault();
  document.getElementById(id)?.focus();
};
