import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/Page';

export const DiscoverPage = () => {
  const { t } = useTranslation('discover');
  return <Page title={t('title')}>{null}</Page>;
};
