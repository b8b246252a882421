import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/Page';

export const TicketPage = () => {
  const { t } = useTranslation('ticket');
  return <Page title={t('title')}>{null}</Page>;
};
