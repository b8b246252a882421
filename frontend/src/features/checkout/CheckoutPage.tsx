import { useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readPurchase } from '../../lib/purchase';
import { useSession } from '../../lib/session';
import { TicketIcon } from '../../ui/icons';
import { LinkButton } from '../../ui/LinkButton';
import { Message } from '../../ui/Message';
import { useTitle } from '../../ui/Page';
import { Checkout } from './Checkout';

/** Where a purchase is named and paid for; anybody may come here by an old link, too. */
export const CheckoutPage = () => {
  const { t } = useTranslation('checkout');
  const { eventId = '' } = useParams({ strict: false });
  const { purchase: id = '' } = useSearch({ strict: false });
  const { person } = useSession();
  useTitle(t('title'));
  return <Found key={`${id} ${person?.id}`} id={id} eventId={eventId} userId={person?.id ?? ''} />;
};

const Found = ({ id, eventId, userId }: { id: string; eventId: string; userId: string }) => {
  const { t } = useTranslation('checkout');
  const [purchase] = useState(() => readPurchase(id));
  if (purchase && purchase.eventId === eventId && (!purchase.userId || purchase.userId === userId)) {
    return <Checkout purchase={purchase} userId={userId} />;
  }
  const foreign = purchase?.eventId === eventId;
  return (
    <Message
      icon={<TicketIcon />}
      title={t(foreign ? 'missing.foreign' : 'missing.title')}
      text={t(foreign ? 'missing.foreignText' : 'missing.text')}
    >
      <LinkButton to="/events/$eventId" params={{ eventId }}>
        {t('refused.event')}
      </LinkButton>
      <LinkButton to="/bookings" variant="default">
        {t('refused.bookings')}
      </LinkButton>
    </Message>
  );
};
