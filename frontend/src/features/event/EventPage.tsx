import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/Page';

export const EventPage = () => {
  const { t } = useTranslation('event');
  return <Page title={t('title')}>{null}</Page>;
};
