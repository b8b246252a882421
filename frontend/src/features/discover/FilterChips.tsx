import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../lib/format';
import { CloseIcon } from '../../ui/icons';
import classes from './FilterChips.module.css';
import { type DiscoverSearch, filtersIn, without } from './search';

/** Each filter that is set, to be taken away. */
export const FilterChips = ({ search: s }: { search: DiscoverSearch }) => {
  const { t } = useTranslation('discover');
  const format = useFormat();
  if (filtersIn(s) === 0) return null;
  const day = (text: string) =>
    new Intl.DateTimeFormat(format.locale, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(new Date(text));
  const dates = () => {
    if (s.from && s.to) return t('chip.dates', { from: day(s.from), to: day(s.to) });
    if (s.from) return t('chip.from', { from: day(s.from) });
    return s.to ? t('chip.to', { to: day(s.to) }) : undefined;
  };
  const chips: [string | undefined, (keyof DiscoverSearch)[]][] = [
    [s.when && t(`when.${s.when}`), ['when']],
    [s.when ? undefined : dates(), ['from', 'to']],
    [s.city, ['city']],
    [s.country && format.country(s.country), ['country']],
    [s.near && t('chip.near', { km: format.number(s.radiusKm ?? 25) }), ['near', 'radiusKm']],
    [s.price ? t('chip.price', { price: format.number(s.price) }) : undefined, ['price']],
    [s.seats ? t('chip.seats', { count: s.seats }) : undefined, ['seats']],
  ];
  return (
    <ul className={classes.chips}>
      {chips.map(
        ([text, keys]) =>
          text && (
            <li key={keys[0]}>
              <Link
                to="/"
                search={without(s, ...keys)}
                className={classes.chip}
                activeProps={{}}
                aria-label={t('filters.remove', { filter: text })}
              >
                {text}
                <CloseIcon />
              </Link>
            </li>
          ),
      )}
      <li>
        <Link
          to="/"
          search={{ ...(s.q && { q: s.q }), ...(s.category && { category: s.category }) }}
          className={classes.clear}
          activeProps={{}}
        >
          {t('filters.clear')}
        </Link>
      </li>
    </ul>
  );
};
