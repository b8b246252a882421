import { Loader } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { asProblem } from '../lib/problem';
import { ProblemNotice } from '../ui/ProblemNotice';
import classes from './RouteStates.module.css';

export const RoutePending = ({ label }: { label?: string }) => {
  const { t } = useTranslation();
  return (
    <div className={classes.pending} role="status">
      <Loader />
      <span>{label ?? t('loading')}</span>
    </div>
  );
};

/** What a page threw that it had no words for; code that cannot be loaded, after a release or without network, is the usual. */
export const RouteProblem = ({ error }: ErrorComponentProps) => (
  <ProblemNotice problem={asProblem(error)} onRetry={() => window.location.reload()} />
);
