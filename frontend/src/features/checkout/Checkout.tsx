import { Loader } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { eventQuery } from '../../lib/events';
import type { Purchase } from '../../lib/purchase';
import { Page } from '../../ui/Page';
import classes from './Checkout.module.css';
import { Countdown } from './Countdown';
import { Lost, Refused, Used } from './Impasse';
import { OrderForm } from './OrderForm';
import { Paying } from './Paying';
import { provider } from './payments';
import { Summary } from './Summary';
import { Taking } from './Taking';
import { useCheckout } from './useCheckout';

/** One purchase, wherever it is on its way. */
export const Checkout = ({ purchase: stored, userId }: { purchase: Purchase; userId: string }) => {
  const { t } = useTranslation('checkout');
  const { eventId } = stored;
  const { checkout, state } = useCheckout(stored, userId);
  const { purchase, step } = state;
  const [token, setToken] = useState(provider.initial);
  const { data: event } = useQuery(eventQuery(eventId));
  const bookingId = step.name === 'done' ? step.bookingId : undefined;
  useDone(bookingId, !!stored.finished);

  const { hold } = purchase;
  const panel = useFocusOnChange(step.name);
  const ordered = hold && (step.name === 'form' || step.name === 'paying' || step.name === 'done');
  return (
    <Page
      title={t('title')}
      hideTitle={!ordered}
      above={
        step.name !== 'paying' &&
        step.name !== 'done' && (
          <Link to="/events/$eventId" params={{ eventId }}>
            {t('back')}
          </Link>
        )
      }
    >
      {hold && step.name === 'form' && (
        <Countdown
          expiresAt={hold.expiresAt}
          extended={!!purchase.extended}
          extension={step.extension}
          onExtend={checkout.extend}
        />
      )}
      <div className={ordered ? classes.order : undefined}>
        {ordered && <Summary hold={hold} event={event} {...(step.name === 'form' && { onGiveBack: checkout.giveBack })} />}
        <div ref={panel} tabIndex={-1} className={classes.panel}>
          {step.name === 'taking' && <Taking step={step} purchase={purchase} checkout={checkout} />}
          {step.name === 'refused' && <Refused problem={step.problem} purchase={purchase} event={event} checkout={checkout} />}
          {step.name === 'form' && hold && (
            <OrderForm
              hold={hold}
              purchase={purchase}
              problem={step.problem}
              token={token}
              onToken={setToken}
              checkout={checkout}
            />
          )}
          {step.name === 'paying' && <Paying step={step} onHurry={checkout.hurry} />}
          {step.name === 'lost' && <Lost why={step.why} eventId={eventId} onAgain={() => checkout.takeAnew()} />}
          {(step.name === 'used' || step.name === 'gone') && <Used how={step.name} eventId={eventId} />}
          {step.name === 'done' && (
            <div className={classes.going} role="status">
              <Loader />
              <p>{t('paying.done')}</p>
            </div>
          )}
        </div>
      </div>
    </Page>
  );
};

/** Goes to the tickets, which are not asked to be celebrated where they were booked before. */
const useDone = (bookingId: string | undefined, before: boolean) => {
  const navigate = useNavigate();
  const queries = useQueryClient();
  useEffect(() => {
    if (!bookingId) return;
    for (const queryKey of [['bookings'], ['booking', bookingId]]) void queries.invalidateQueries({ queryKey });
    void navigate({
      to: '/bookings/$bookingId',
      params: { bookingId },
      search: before ? {} : { justBooked: true },
      replace: true,
    });
  }, [bookingId, before, navigate, queries]);
};

/** What replaces what had the focus gets it, unless it put the focus on a part of it; the first thing that a page shows does not. */
const useFocusOnChange = (what: string) => {
  const panel = useRef<HTMLDivElement>(null);
  const shown = useRef(what);
  useEffect(() => {
    if (shown.current === what) return;
    const first = shown.current === 'taking' && what === 'form';
    shown.current = what;
    const focused = document.activeElement;
    if (panel.current?.contains(focused) || (first && focused !== document.body)) return;
    panel.current?.focus();
  }, [what]);
  return panel;
};
