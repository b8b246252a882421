import { useTranslation } from 'react-i18next';
import { CheckIcon, CloseIcon, WheelchairIcon } from '../../ui/icons';
import classes from './Legend.module.css';
import { legendOf, type SectionView } from './sections';
import { useWords } from './words';

const fewNames = 3; // of sections, that still explain rather than repeat the map

/** Which colour is which price, and where: on small maps not every section has room for its name. */
export const PriceLegend = ({ sections }: { sections: SectionView[] }) => {
  const { t } = useTranslation('seats');
  const words = useWords();
  return (
    <ul className={classes.legend} aria-label={t('legend.prices')}>
      {legendOf(sections).map(({ tier, from, to, names }) => (
        <li key={tier} data-tier={tier}>
          <span className={classes.free} aria-hidden="true" />
          <b>{words.range(from, to)}</b>
          {names.length <= fewNames && names.join(t('comma'))}
        </li>
      ))}
      {sections.some((s) => s.state === 'soldOut' || s.state === 'notOnSale') && (
        <li>
          <span className={classes.closed} aria-hidden="true" />
          {t('legend.closed')}
        </li>
      )}
    </ul>
  );
};

/** What seats look like on the map. */
export const SeatLegend = ({ section }: { section: SectionView }) => {
  const { t } = useTranslation('seats');
  return (
    <ul className={classes.legend} aria-label={t('legend.seats')}>
      <li data-tier={section.tier}>
        <span className={classes.free} aria-hidden="true" />
        {t('legend.free')}
      </li>
      <li>
        <span className={classes.chosen} aria-hidden="true">
          <CheckIcon />
        </span>
        {t('legend.chosen')}
      </li>
      <li>
        <span className={classes.held} aria-hidden="true" />
        {t('legend.held')}
      </li>
      <li>
        <span className={classes.gone} aria-hidden="true">
          <CloseIcon />
        </span>
        {t('legend.taken')}
      </li>
      {section.accessible > 0 && (
        <li data-tier={section.tier}>
          <span className={classes.wheelchair} aria-hidden="true">
            <WheelchairIcon />
          </span>
          {t('legend.accessible')}
        </li>
      )}
    </ul>
  );
};
