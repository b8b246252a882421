import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { availabilityQuery, locationQuery } from '../../lib/events';
import { useFormat } from '../../lib/format';
import { startPurchase } from '../../lib/purchase';
import { Checkbox } from '../../ui/Checkbox';
import { LinkButton } from '../../ui/LinkButton';
import classes from './TicketPanel.module.css';
import { TicketRow } from './TicketRow';
import { countOf, mostOf, offerOf, totalOf } from './tickets';
import { useNow } from './useNow';

/** What tickets there are, how many are left this second, and how many one wants. */
export const TicketPanel = ({ event }: { event: Event }) => {
  const { t } = useTranslation('event');
  const format = useFormat();
  const navigate = useNavigate();
  const at = useNow();
  const counts = useQuery(availabilityQuery(event.id));
  const { data: location } = useQuery(locationQuery(event.locationId));
  const [wanted, setWanted] = useState<ReadonlyMap<string, number>>(new Map());
  const [together, setTogether] = useState(true);

  const sections = location?.halls.find((h) => h.id === event.hallId)?.sections ?? [];
  const seatedIds = new Set(sections.filter((s) => s.kind === 'seated').map((s) => s.id));
  const seated = (typeId: string) =>
    !!event.ticketTypes.find((type) => type.id === typeId)?.sectionIds.some((id) => seatedIds.has(id));

  const rows = event.ticketTypes.map((type) => {
    const offer = offerOf(event, type, counts.data, at);
    const most = mostOf(event, type, offer, wanted);
    return { type, offer, most, chosen: Math.min(wanted.get(type.id) ?? 0, most) };
  });
  const chosen = new Map(rows.filter((r) => r.chosen > 0).map((r) => [r.type.id, r.chosen]));
  const total = totalOf(event, chosen);
  const count = countOf(chosen);
  const couldSit = [...chosen].some(([id, n]) => n > 1 && seated(id));

  const go = () => {
    const items = [...chosen].map(([ticketTypeId, quantity]) => ({ ticketTypeId, quantity }));
    const purchase = startPurchase(event.id, items, couldSit && together);
    void navigate({ to: '/events/$eventId/checkout', params: { eventId: event.id }, search: { purchase: purchase.id } });
  };
  if (event.ticketTypes.length === 0) return <p className={classes.panel}>{t('tickets.none')}</p>;
  const hasMap = event.ticketTypes.some((type) => seated(type.id));
  return (
    <section className={classes.panel} aria-labelledby="tickets">
      <h2 id="tickets">{t('tickets.title')}</h2>
      <ul className={classes.types}>
        {rows.map((row) => (
          <TicketRow
            key={row.type.id}
            {...row}
            event={event}
            at={at}
            onChange={(n) => setWanted(new Map(chosen).set(row.type.id, n))}
          />
        ))}
      </ul>
      {counts.data === null && <p className={classes.hint}>{t('state.opening')}</p>}
      {event.perPerson > 0 && <p className={classes.hint}>{t('tickets.limit', { count: event.perPerson })}</p>}
      {couldSit && (
        <Checkbox label={t('tickets.together')} checked={together} onChange={(e) => setTogether(e.currentTarget.checked)} />
      )}
      {hasMap && (
        <div className={classes.seats}>
          <p className={classes.hint}>{t('tickets.best')}</p>
          <LinkButton to="/events/$eventId/seats" params={{ eventId: event.id }} variant="default" fullWidth>
            {t('tickets.map')}
          </LinkButton>
        </div>
      )}
      <div className={classes.bar}>
        <p className={classes.total} role="status">
          {total && (
            <>
              <span>{t('tickets.count', { count })}</span>
              <strong>{total.amount === 0 ? t('free', { ns: 'common' }) : format.money(total)}</strong>
            </>
          )}
        </p>
        <Button size="md" disabled={count === 0} onClick={go}>
          {t('tickets.next')}
        </Button>
      </div>
      <p className={classes.live} data-on={!counts.error}>
        {t(counts.error ? 'stale' : 'live')}
      </p>
    </section>
  );
};
