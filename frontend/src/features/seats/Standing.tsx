import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import classes from './Standing.module.css';
import { Stepper } from './Stepper';
import type { SectionView } from './sections';
import { countOf, limitFor, room } from './selection';
import type { Choice } from './useChoice';
import { useWords } from './words';

interface Props {
  event: Event;
  section: SectionView;
  /** All sections, for tickets that are good for several. */
  sections: SectionView[];
  choice: Choice;
}

/** A section without seats: how many of each ticket. */
export const Standing = ({ event, section, sections, choice }: Props) => {
  const { t } = useTranslation('seats');
  const format = useFormat();
  const words = useWords();
  const { selection } = choice;
  const left = section.free === undefined ? Number.POSITIVE_INFINITY : section.free;
  const here = selection.counts.filter((c) => c.sectionId === section.id).reduce((n, c) => n + c.quantity, 0);
  return (
    <ul className={classes.types}>
      {section.types.map((type) => {
        const of = { sectionId: section.id, section: section.name, typeId: type.id, seated: false };
        const value = countOf(selection, of);
        const more = Math.max(0, Math.min(room(selection, event, type), left - here));
        const others = sections.filter((s) => s.id !== section.id && type.sectionIds.includes(s.id));
        return (
          <li key={type.id} className={classes.type} data-tier={section.tier}>
            <span className={classes.name}>{type.name}</span>
            <span className={classes.price}>{format.money(type.price)}</span>
            <Stepper
              label={type.name}
              hideLabel
              value={value}
              most={value + more}
              onChange={(quantity) => choice.count({ ...of, quantity })}
            />
            {others.length > 0 && (
              <p className={classes.note}>
                {t('standing.anywhere', { sections: format.list([section.name, ...others.map((s) => s.name)]) })}
              </p>
            )}
            {more === 0 && value > 0 && (
              <p className={classes.note} role="status">
                {left - here <= 0 ? t('standing.last') : words.limit(limitFor(selection, event, [type]))}
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
};
