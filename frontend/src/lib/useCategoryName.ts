import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';

/** The name of a category in the page's language; the API's own where it is a new one. */
export const useCategoryName = (): ((id: string, name?: string) => string) => {
  const { t, i18n } = useTranslation();
  return useCallback(
    (id, name = id) => {
      const key = `category.${id}` as 'category.other'; // the list may grow before its names do
      return i18n.exists(key) ? String(t(key)) : name;
    },
    [t, i18n],
  );
};
