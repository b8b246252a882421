import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Seat } from '../api/gen/types.gen';

/** Says where one sits or stands within the section. */
export const useSeatText = (): ((seat: Pick<Seat, 'row' | 'number'>) => string) => {
  const { t } = useTranslation('ticket');
  return useCallback(({ row, number }) => (row ? t('seat', { row, number }) : t('standing', { number })), [t]);
};
