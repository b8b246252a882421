import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Category } from '../../api/gen/types.gen';
import { categoriesQuery } from '../../lib/events';
import { useFormat } from '../../lib/format';
import { useCategoryName } from '../../lib/useCategoryName';
import classes from './CategoryLinks.module.css';
import { type DiscoverSearch, without } from './search';

/** Shown until the API answers, so that nothing jumps. */
const usual: Category[] = ['concert', 'carnival', 'circus', 'theatre', 'opera', 'musical', 'festival', 'sport'].map((id) => ({
  id,
  name: id,
  count: 0,
}));

const exactly = { exact: true, includeSearch: true };

/** The kinds of event, in one line that scrolls. */
export const CategoryLinks = ({ search }: { search: DiscoverSearch }) => {
  const { t } = useTranslation('discover');
  const format = useFormat();
  const name = useCategoryName();
  const { data = usual } = useQuery(categoriesQuery());
  const shown = data.filter((c) => c.count > 0 || data === usual || c.id === search.category);
  return (
    <nav className={classes.line} aria-label={t('categories')}>
      <ul>
        <li>
          <Link to="/" search={without(search, 'category')} className={classes.category} activeOptions={exactly}>
            {t('category.all')}
          </Link>
        </li>
        {shown.map((c) => (
          <li key={c.id}>
            <Link to="/" search={{ ...search, category: c.id }} className={classes.category} activeOptions={exactly}>
              {name(c.id, c.name)}
              {c.count > 0 && <span className={classes.count}>{format.number(c.count)}</span>}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
};
