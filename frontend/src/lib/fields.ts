import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from './problem';

/** Says what the API found wrong with a field, by its location; undefined where nothing. The API's own words are English. */
export const useApiField = (): ((problem: Problem | undefined, location: string) => string | undefined) => {
  const { t, i18n } = useTranslation();
  return useCallback(
    (problem, location) => {
      const message = problem?.at(location);
      if (!message) return undefined;
      return i18n.language === 'en' ? message.charAt(0).toUpperCase() + message.slice(1) : t('problem.field');
    },
    [t, i18n.language],
  );
};
