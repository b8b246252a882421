import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat, viewerZone } from '../lib/format';
import type { Problem } from '../lib/problem';
import { signIn } from '../lib/signIn';
import { Notice } from './Notice';

interface Props {
  /** Milliseconds since 1970. */
  at: number;
  problem: Problem | undefined;
  onRetry: () => void;
}

/** Says that what is shown comes from the device, of when it is, and why. */
export const AsOf = ({ at, problem, onRetry }: Props) => {
  const { t, i18n } = useTranslation(['ticket', 'common']);
  const format = useFormat();
  const when = format.when(new Date(at).toISOString(), viewerZone());
  const why =
    problem?.status === 401 ? 'signedOut' : problem?.code === 'offline' && !navigator.onLine ? 'offline' : 'unreachable';
  return (
    <Notice kind="warn" title={t('asOf.title', { when })}>
      <span>{t(`asOf.${why}`)}</span>
      {why === 'signedOut' && (
        <Button size="sm" variant="default" onClick={() => void signIn(undefined, i18n.language)}>
          {t('common:signIn.title')}
        </Button>
      )}
      {why === 'unreachable' && (
        <Button size="sm" variant="default" onClick={onRetry}>
          {t('common:retry')}
        </Button>
      )}
    </Notice>
  );
};
