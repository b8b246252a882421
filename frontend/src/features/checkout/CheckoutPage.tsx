import { useTranslation } from 'react-i18next';
import { Page } from '../../ui/Page';

export const CheckoutPage = () => {
  const { t } = useTranslation('checkout');
  return <Page title={t('title')}>{null}</Page>;
};
