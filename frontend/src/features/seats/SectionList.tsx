import { useTranslation } from 'react-i18next';
import { ChevronIcon, WheelchairIcon } from '../../ui/icons';
import classes from './SectionList.module.css';
import type { SectionView } from './sections';
import { useWords } from './words';

interface Props {
  sections: SectionView[];
  chosenIn: (sectionId: string) => number;
  onOpen: (sectionId: string) => void;
}

/** The sections as a list, for small screens and for whoever prefers words. */
export const SectionList = ({ sections, chosenIn, onOpen }: Props) => {
  const { t } = useTranslation('seats');
  const words = useWords();
  return (
    <ul className={classes.list} aria-label={t('overview.list')}>
      {sections.map((section) => {
        const closed = section.state === 'soldOut' || section.state === 'notOnSale';
        const chosen = chosenIn(section.id);
        const label = [
          words.section(section),
          section.accessible > 0 && t('section.accessible'),
          chosen > 0 && t('section.chosen', { count: chosen }),
        ];
        return (
          <li key={section.id}>
            <button
              type="button"
              className={classes.section}
              aria-label={label.filter(Boolean).join(t('comma'))}
              data-tier={section.tier}
              data-closed={closed}
              aria-disabled={closed}
              onClick={() => !closed && onOpen(section.id)}
            >
              <span className={classes.colour} aria-hidden="true" />
              <span className={classes.name}>{section.name}</span>
              <span className={classes.price}>{words.price(section)}</span>
              <span className={classes.left}>
                {words.left(section)}
                {section.accessible > 0 && (
                  <span className={classes.accessible}>
                    <WheelchairIcon />
                    <span className="visually-hidden">{t('section.accessible')}</span>
                  </span>
                )}
                {chosen > 0 && <strong className={classes.chosen}>{t('section.chosen', { count: chosen })}</strong>}
              </span>
              {!closed && <ChevronIcon />}
            </button>
          </li>
        );
      })}
    </ul>
  );
};
