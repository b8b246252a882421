import { Button, Skeleton } from '@mantine/core';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { getSharedTicket, nameSharedTicket } from '../../api/gen/sdk.gen';
import type { Attendee, TicketAndEvent } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { useKept } from '../../lib/kept';
import { AsOf } from '../../ui/AsOf';
import { CodeViewer } from '../../ui/CodeViewer';
import { TicketIcon } from '../../ui/icons';
import { Message } from '../../ui/Message';
import { NameTicket } from '../../ui/NameTicket';
import { Notice } from '../../ui/Notice';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { TicketCard } from '../../ui/TicketCard';
import { toast } from '../../ui/Toasts';
import classes from './TicketPage.module.css';

const route = getRouteApi('/tickets/$token');

const sharedTicketQuery = (token: string) =>
  queryOptions({
    queryKey: ['shared-ticket', token],
    queryFn: ({ signal }) => getSharedTicket({ path: { token }, signal }),
  });

/** The one ticket that a link opens, for whoever has the link; nobody signs in. The title tells nothing of it. */
export const TicketPage = () => {
  const { t } = useTranslation(['ticket', 'common']);
  const { token } = route.useParams();
  const shown = useKept(useQuery(sharedTicketQuery(token)), `ticket/${token}`);
  const gone = shown.problem?.status === 404;
  return (
    <Page title={t('title')} width="narrow" hideTitle={gone}>
      <meta name="robots" content="noindex, nofollow" />
      {shown.data ? (
        <div className={classes.page}>
          {shown.asOf !== undefined && <AsOf at={shown.asOf} problem={shown.problem} onRetry={shown.retry} />}
          <Opened token={token} shared={shown.data} away={shown.asOf !== undefined} />
        </div>
      ) : gone ? (
        <Message title={t('gone.title')} text={t('gone.text')} icon={<TicketIcon />} level={2}>
          <Link to="/">{t('gone.back')}</Link>
        </Message>
      ) : shown.pending ? (
        <Skeleton className={classes.waiting} role="status" aria-label={t('common:loading')} />
      ) : shown.problem?.code === 'offline' ? (
        <Message title={t('lost.title')} text={t('lost.text')} icon={<TicketIcon />} level={2}>
          <Button variant="default" onClick={shown.retry}>
            {t('common:retry')}
          </Button>
        </Message>
      ) : (
        shown.problem && <ProblemNotice problem={shown.problem} onRetry={shown.retry} />
      )}
    </Page>
  );
};

const Opened = ({ token, shared, away }: { token: string; shared: TicketAndEvent; away: boolean }) => {
  const { t } = useTranslation('ticket');
  const queries = useQueryClient();
  const [shown, setShown] = useState<number>();
  const [naming, setNaming] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  const { ticket, event } = shared;
  const valid = ticket.status === 'valid';
  const changeable = valid && event.status !== 'cancelled' && Date.parse(event.endsAt ?? event.startsAt) > now();

  const save = async (attendee: Attendee) => {
    queries.setQueryData(sharedTicketQuery(token).queryKey, await nameSharedTicket({ path: { token }, body: { attendee } }));
    toast(t('name.done', { name: attendee.name }));
  };
  const back = () => {
    flushSync(() => setNaming(false)); // the button is back by then
    opener.current?.focus();
  };

  return (
    <>
      {event.status === 'cancelled' && (
        <Notice kind="warn" title={t('event.cancelled')}>
          <span>{t('event.cancelledText')}</span>
        </Notice>
      )}
      <TicketCard ticket={ticket} event={event} withEvent onShow={() => setShown(0)}>
        {changeable &&
          (naming ? (
            <NameTicket attendee={ticket.attendee} effect={t('name.renews')} save={save} onDone={back} />
          ) : (
            <div className={classes.actions}>
              <Button
                ref={opener}
                variant="light"
                size="sm"
                disabled={away}
                aria-describedby={away ? 'ticket-why' : undefined}
                onClick={() => setNaming(true)}
              >
                {t(ticket.attendee.name ? 'name.change' : 'name.mine')}
              </Button>
              {!away && (
                <Button
                  component="a"
                  href={`/v1/tickets/${encodeURIComponent(token)}/calendar.ics`}
                  download
                  variant="light"
                  size="sm"
                >
                  {t('calendar')}
                </Button>
              )}
              <Button component={Link} to={`/events/${event.id}`} variant="subtle" size="sm">
                {t('event.see')}
              </Button>
              {away && (
                <p id="ticket-why" className={classes.why}>
                  {t('needsConnection')}
                </p>
              )}
            </div>
          ))}
      </TicketCard>
      <p className={classes.yours}>{t('yours')}</p>
      <CodeViewer
        tickets={valid && ticket.code ? [ticket] : []}
        shown={shown}
        onShow={setShown}
        onClose={() => setShown(undefined)}
      />
    </>
  );
};
