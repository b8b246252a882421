import { Button } from '@mantine/core';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../lib/problem';
import { useSession } from '../lib/session';
import { signIn } from '../lib/signIn';
import { Notice } from './Notice';

interface Props {
  problem: Problem;
  onRetry?: (() => void) | undefined;
  /** Words for codes that mean something special here; else common.json's, else by status. */
  texts?: Record<string, string>;
  /** Moves the focus here: for what a person did just now. */
  focus?: boolean;
}

/** Says in the reader's language why something did not work, and offers what helps. */
export const ProblemNotice = ({ problem, onRetry, texts, focus = false }: Props) => {
  const { t, i18n } = useTranslation();
  const { status } = useSession();
  const ref = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: again for each problem
  useEffect(() => {
    if (focus) ref.current?.focus();
  }, [focus, problem]);
  const byStatus = problem.status >= 500 ? 'server' : String(problem.status);
  const text =
    texts?.[problem.code] ?? t([`problem.${problem.code}`, `problem.${byStatus}`], { defaultValue: t('problem.unknown') });
  const signInHelps = problem.status === 401 && status !== 'in';
  return (
    <div ref={ref} tabIndex={-1}>
      <Notice kind="bad" title={text}>
        {(onRetry || signInHelps) && (
          <Button size="sm" variant="default" onClick={() => (signInHelps ? void signIn(undefined, i18n.language) : onRetry?.())}>
            {t(signInHelps ? 'signIn.title' : 'retry')}
          </Button>
        )}
      </Notice>
    </div>
  );
};
