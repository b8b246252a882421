import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/Page';

export const EditEventPage = () => {
  const { t } = useTranslation('organise');
  return <Page title={t('title')}>{null}</Page>;
};
