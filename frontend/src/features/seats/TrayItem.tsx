import { useTranslation } from 'react-i18next';
import type { TicketType } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import { CloseIcon, WheelchairIcon } from '../../ui/icons';
import classes from './Tray.module.css';

interface Props {
  name: string;
  place: string;
  accessible: boolean;
  type: TicketType | undefined;
  /** What it may be instead; one or none: nothing to choose. */
  types: TicketType[];
  onType?: (type: TicketType) => void;
  onRemove: () => void;
}

/** One thing that is chosen. */
export const TrayItem = ({ name, place, accessible, type, types, onType, onRemove }: Props) => {
  const { t } = useTranslation('seats');
  const format = useFormat();
  const label = [name, place].join(t('comma'));
  return (
    <li className={classes.item}>
      <span className={classes.place}>
        <b>{place}</b>
        <span>
          {name}
          {accessible && (
            <span title={t('seat.accessible')}>
              <WheelchairIcon />
              <span className="visually-hidden">{t('seat.accessible')}</span>
            </span>
          )}
        </span>
      </span>
      {types.length > 1 && onType ? (
        <select
          className={classes.type}
          aria-label={t('tray.type', { seat: label })}
          value={type?.id}
          onChange={(e) => {
            const next = types.find((x) => x.id === e.target.value);
            if (next) onType(next);
          }}
        >
          {types.map((x) => (
            <option key={x.id} value={x.id}>
              {t('type', { name: x.name, price: format.money(x.price) })}
            </option>
          ))}
        </select>
      ) : (
        <span className={classes.only}>{type && format.money(type.price)}</span>
      )}
      <button type="button" className={classes.remove} aria-label={t('tray.remove', { seat: label })} onClick={onRemove}>
        <CloseIcon />
      </button>
    </li>
  );
};
