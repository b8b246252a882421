import { useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useTitle } from '../../ui/Page';
import { CategoryLinks } from './CategoryLinks';
import classes from './DiscoverPage.module.css';
import { EventResults } from './EventResults';
import { FilterChips } from './FilterChips';
import { SearchBar } from './SearchBar';
import { isHome } from './search';

/** What is coming up, and everything that finds it. */
export const DiscoverPage = () => {
  const { t } = useTranslation('discover');
  const search = useSearch({ from: '/' });
  const home = isHome(search);
  useTitle(home ? '' : t('title'));
  return (
    <div className={classes.page}>
      {home ? (
        <div className={classes.hero}>
          <h1>{t('hero.title')}</h1>
          <p>{t('hero.text')}</p>
        </div>
      ) : (
        <h1 className={classes.title}>{t('title')}</h1>
      )}
      <SearchBar search={search} />
      <CategoryLinks search={search} />
      <FilterChips search={search} />
      <EventResults search={search} />
    </div>
  );
};
