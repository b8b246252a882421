import { useTranslation } from 'react-i18next';
import type { SalesFigures } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import classes from './Figures.module.css';
import { Gauge } from './Gauge';
import { byType, share } from './series';

/** What an event sold, as it is now. */
export const Figures = ({ sales, cancelled }: { sales: SalesFigures; cancelled: boolean }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const all = sales.sold + sales.held + sales.left;
  return (
    <section className={classes.figures} aria-label={t('figures.title')}>
      {!cancelled && <Gauge sold={sales.sold} held={sales.held} left={sales.left} />}
      <dl className={classes.tiles}>
        <Figure name={t('figures.sold')} value={format.number(sales.sold)} note={t('figures.of', { count: all })} strong />
        <Figure name={t('figures.revenue')} value={format.money(sales.revenue)} note={t('figures.revenueNote')} strong />
        <Figure name={t('figures.held')} value={format.number(sales.held)} note={t('figures.heldNote')} />
        <Figure name={t('figures.left')} value={format.number(sales.left)} />
        <Figure
          name={t('figures.checkedIn')}
          value={format.number(sales.checkedIn)}
          note={t('figures.entered', { percent: format.percent(share(sales.checkedIn, sales.sold)) })}
        />
      </dl>
    </section>
  );
};

interface FigureProps {
  name: string;
  value: string;
  note?: string;
  strong?: boolean;
}

export const Figure = ({ name, value, note, strong = false }: FigureProps) => (
  <div className={classes.tile} data-strong={strong || undefined}>
    <dt>{name}</dt>
    <dd key={value} className={classes.value}>
      {value}
    </dd>
    {note && <dd className={classes.note}>{note}</dd>}
  </div>
);

/** What each ticket type sold: bars that are read as a list. */
export const TypeFigures = ({ sales }: { sales: SalesFigures }) => {
  const { t } = useTranslation('organise');
  const format = useFormat();
  const most = Math.max(...sales.byTicketType.map((k) => k.sold), 1);
  return (
    <section className={classes.types} aria-labelledby="types">
      <h2 id="types">{t('figures.types')}</h2>
      <ul>
        {byType(sales.byTicketType).map((k) => (
          <li key={k.ticketTypeId}>
            <p>
              <strong>{k.name}</strong>
              <span>{t('figures.typeSold', { count: k.sold, money: format.money(k.revenue) })}</span>
            </p>
            <span className={classes.track} aria-hidden="true">
              <span className={classes.fill} style={{ inlineSize: `${share(k.sold, most) * 100}%` }} />
            </span>
            <p className={classes.note}>
              {t('figures.typeEntered', { count: k.checkedIn, percent: format.percent(share(k.checkedIn, k.sold)) })}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
};
