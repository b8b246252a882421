import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/Page';

export const NewLocationPage = () => {
  const { t } = useTranslation('locations');
  return <Page title={t('title')}>{null}</Page>;
};
