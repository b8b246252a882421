import { useTranslation } from 'react-i18next';
import type { Problem } from '../lib/problem';
import { Message } from '../ui/Message';
import { ProblemNotice } from '../ui/ProblemNotice';

/** All of a page where signing in did not work. */
export const SignInProblem = ({ problem, onRetry }: { problem: Problem; onRetry(): void }) => {
  const { t } = useTranslation();
  return (
    <>
      <Message title={t('signIn.failed')} />
      <ProblemNotice problem={problem} onRetry={onRetry} />
    </>
  );
};
