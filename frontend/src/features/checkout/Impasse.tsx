import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event, WantItem } from '../../api/gen/types.gen';
import type { Problem } from '../../lib/problem';
import { heldElsewhere, type Purchase } from '../../lib/purchase';
import { useSession } from '../../lib/session';
import { ClockIcon, TicketIcon } from '../../ui/icons';
import { LinkButton } from '../../ui/LinkButton';
import { Message } from '../../ui/Message';
import { Notice } from '../../ui/Notice';
import { ProblemNotice } from '../../ui/ProblemNotice';
import type { Checkout } from './flow';
import type { Loss } from './machine';

const placesOf = (item: WantItem) => item.seats?.length ?? item.quantity ?? 0;

/** As many of each ticket type, whichever seats they are. */
const byNumber = (items: WantItem[]): WantItem[] => {
  const types = new Map<string, number>();
  for (const item of items) types.set(item.ticketTypeId, (types.get(item.ticketTypeId) ?? 0) + placesOf(item));
  return [...types].map(([ticketTypeId, quantity]) => ({ ticketTypeId, quantity }));
};

/** What a refusal cannot be turned into by asking again. */
const known = ['seatTaken', 'soldOut', 'notTogether', 'notOnSale', 'limitReached'] as const;
type Known = (typeof known)[number];

interface Refusal {
  problem: Problem;
  purchase: Purchase;
  event: Event | undefined;
  checkout: Checkout;
}

/** The places cannot be had like this; leads to the next best. */
export const Refused = ({ problem, purchase, event, checkout }: Refusal) => {
  const { t } = useTranslation('checkout');
  const { eventId, items } = purchase;
  if (problem.passing || problem.status === 401) return <ProblemNotice problem={problem} onRetry={checkout.retry} />;
  const code = known.find((k) => k === problem.code);
  const count = items.reduce((sum, item) => sum + placesOf(item), 0);

  if (problem.code === 'allHeld') {
    return (
      <>
        <Told title={t('allHeld.title')} text={t('allHeld.over')} icon={<ClockIcon />}>
          <Button onClick={checkout.retry}>{t('allHeld.again')}</Button>
          <Seats eventId={eventId} />
        </Told>
        <Elsewhere purchase={purchase} />
      </>
    );
  }
  const ways: Record<Known, ReactNode> = {
    seatTaken: (
      <>
        <Button onClick={() => checkout.takeAnew({ items: byNumber(items), together: true })}>
          {t('refused.takeBest', { count })}
        </Button>
        <Seats eventId={eventId} />
      </>
    ),
    notTogether: (
      <>
        <Button onClick={() => checkout.takeAnew({ together: false })}>{t('refused.apart', { count })}</Button>
        <Seats eventId={eventId} />
      </>
    ),
    soldOut: (
      <>
        <Seats eventId={eventId} fewer={count > 1} />
        <LinkButton to="/" variant="default">
          {t('refused.discover')}
        </LinkButton>
      </>
    ),
    limitReached: (
      <>
        <Seats eventId={eventId} fewer />
        <LinkButton to="/bookings" variant="default">
          {t('refused.bookings')}
        </LinkButton>
      </>
    ),
    notOnSale: <ToEvent eventId={eventId} />,
  };
  const limit = event?.perPerson;
  const text =
    code === 'limitReached' && limit ? t('refused.limitText', { limit }) : t(code ? `refused.${code}Text` : 'refused.otherText');
  return (
    <>
      <Told title={t(`refused.${code ?? 'other'}`)} text={text} icon={<TicketIcon />}>
        {code ? ways[code] : <Seats eventId={eventId} />}
      </Told>
      <Elsewhere purchase={purchase} />
    </>
  );
};

/** What stands in the way may be one's own: places that are held by a purchase that was left. */
const Elsewhere = ({ purchase }: { purchase: Purchase }) => {
  const { t } = useTranslation('checkout');
  const { person } = useSession();
  const [other] = heldElsewhere(purchase.eventId, person?.id ?? '', purchase.id);
  if (!other?.hold) return null;
  return (
    <Notice kind="info" title={t('refused.elsewhere', { count: other.hold.seats.length })}>
      <LinkButton
        to="/events/$eventId/checkout"
        params={{ eventId: other.eventId }}
        search={{ purchase: other.id }}
        variant="default"
        size="sm"
      >
        {t('refused.goOn')}
      </LinkButton>
    </Notice>
  );
};

/** The places were held, and are not any more. */
export const Lost = ({ why, eventId, onAgain }: { why: Loss; eventId: string; onAgain: () => void }) => {
  const { t } = useTranslation('checkout');
  return (
    <Told title={t(`lost.${why}`)} text={t(`lost.${why}Text`)} icon={<ClockIcon />}>
      {why !== 'notOnSale' && <Button onClick={onAgain}>{t('lost.again')}</Button>}
      {why === 'notOnSale' ? <ToEvent eventId={eventId} /> : <Seats eventId={eventId} />}
    </Told>
  );
};

/** Nothing is left to do here. */
export const Used = ({ how, eventId }: { how: 'used' | 'gone'; eventId: string }) => {
  const { t } = useTranslation('checkout');
  return (
    <Told title={t(`${how}.title`)} text={t(`${how}.text`)} icon={<TicketIcon />}>
      {how === 'used' && (
        <LinkButton to="/bookings" variant="default">
          {t('refused.bookings')}
        </LinkButton>
      )}
      <ToEvent eventId={eventId} />
    </Told>
  );
};

const Told = ({ title, text, icon, children }: { title: string; text: string; icon: ReactNode; children: ReactNode }) => (
  <div role="status">
    <Message level={2} icon={icon} title={title} text={text}>
      {children}
    </Message>
  </div>
);

const Seats = ({ eventId, fewer = false }: { eventId: string; fewer?: boolean }) => {
  const { t } = useTranslation('checkout');
  return (
    <LinkButton to="/events/$eventId/seats" params={{ eventId }} variant="default">
      {t(fewer ? 'refused.fewer' : 'refused.seats')}
    </LinkButton>
  );
};

const ToEvent = ({ eventId }: { eventId: string }) => {
  const { t } = useTranslation('checkout');
  return (
    <LinkButton to="/events/$eventId" params={{ eventId }} variant="default">
      {t('refused.event')}
    </LinkButton>
  );
};
