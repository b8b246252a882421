import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Message } from '../ui/Message';

export const NotFound = () => {
  const { t } = useTranslation();
  return (
    <Message title={t('notFound.title')} text={t('notFound.text')}>
      <Link to="/">{t('notFound.back')}</Link>
    </Message>
  );
};
