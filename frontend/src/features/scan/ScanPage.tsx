import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/Page';

export const ScanPage = () => {
  const { t } = useTranslation('scan');
  return <Page title={t('title')}>{null}</Page>;
};
