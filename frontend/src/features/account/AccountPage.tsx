import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/Page';

export const AccountPage = () => {
  const { t } = useTranslation('account');
  return <Page title={t('title')}>{null}</Page>;
};
