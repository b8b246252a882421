import { useTranslation } from 'react-i18next';
import type { Event, TicketType } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { MinusIcon, PlusIcon } from '../../ui/icons';
import classes from './TicketRow.module.css';
import { type Offer, spanText } from './tickets';

interface Props {
  event: Event;
  type: TicketType;
  offer: Offer;
  /** How many may be chosen now. */
  most: number;
  chosen: number;
  at: number;
  onChange(n: number): void;
}

const dayLong = 86_400_000;

/** One kind of ticket: its price, what is left, and how many one wants. */
export const TicketRow = ({ event, type, offer, most, chosen, at, onChange }: Props) => {
  const { t } = useTranslation('event');
  const format = useFormat();
  const state = () => {
    switch (offer.state) {
      case 'open':
        return t(offer.few ? 'left.few' : 'left.many', { count: offer.left });
      case 'held':
        return t('left.held');
      case 'soldOut':
        return t('left.none');
      case 'over':
        return t('window.over');
      case 'early': {
        const wait = Date.parse(offer.from) - at;
        return wait < dayLong
          ? t('window.in', { time: spanText(wait, format.locale) })
          : t('window.from', { when: format.when(offer.from, event.timeZone) });
      }
      case 'unknown':
        return '…';
    }
  };
  const until = offer.state === 'open' ? type.salesUntil : undefined;
  return (
    <li className={classes.row}>
      <div className={classes.what}>
        <span className={classes.name}>{type.name}</span>
        <span className={classes.price}>{type.price.amount === 0 ? t('free', { ns: 'common' }) : format.money(type.price)}</span>
        <span className={classes.left} data-state={offer.state === 'open' && offer.few ? 'few' : offer.state}>
          {state()}
        </span>
        {until && <span className={classes.left}>{t('window.until', { when: format.when(until, event.timeZone) })}</span>}
      </div>
      <fieldset className={classes.stepper} aria-label={t('tickets.of', { name: type.name })}>
        <button
          type="button"
          aria-label={t('tickets.less', { name: type.name })}
          disabled={chosen === 0}
          onClick={() => onChange(chosen - 1)}
        >
          <MinusIcon />
        </button>
        <output aria-live="polite">{format.number(chosen)}</output>
        <button
          type="button"
          aria-label={t('tickets.more', { name: type.name })}
          disabled={chosen >= most}
          onClick={() => onChange(chosen + 1)}
        >
          <PlusIcon />
        </button>
      </fieldset>
    </li>
  );
};
