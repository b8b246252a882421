import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import panel from './TicketPanel.module.css';
import row from './TicketRow.module.css';

/** What the tickets of a draft will cost: its organiser sees them, and nobody can buy them yet. */
export const Prices = ({ event }: { event: Event }) => {
  const { t } = useTranslation('event');
  const format = useFormat();
  if (event.ticketTypes.length === 0) return <p className={panel.panel}>{t('tickets.none')}</p>;
  return (
    <section className={panel.panel} aria-labelledby="tickets">
      <h2 id="tickets">{t('tickets.title')}</h2>
      <ul className={panel.types}>
        {event.ticketTypes.map((type) => (
          <li key={type.id} className={row.row}>
            <div className={row.what}>
              <span className={row.name}>{type.name}</span>
              <span className={row.price}>
                {type.price.amount === 0 ? t('free', { ns: 'common' }) : format.money(type.price)}
              </span>
              {type.salesFrom && (
                <span className={row.left}>{t('window.from', { when: format.when(type.salesFrom, event.timeZone) })}</span>
              )}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
};
