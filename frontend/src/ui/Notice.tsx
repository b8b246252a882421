import type { ReactNode } from 'react';
import { AlertIcon, CheckIcon, InfoIcon } from './icons';
import classes from './Notice.module.css';

interface Props {
  kind: 'info' | 'good' | 'warn' | 'bad';
  title: string;
  children?: ReactNode;
}

const icons = { info: InfoIcon, good: CheckIcon, warn: AlertIcon, bad: AlertIcon };

/** Something to know on a page. What went wrong is told at once, the rest when a screen reader gets there. */
export const Notice = ({ kind, title, children }: Props) => {
  const Icon = icons[kind];
  return (
    <div className={classes.notice} data-kind={kind} role={kind === 'bad' ? 'alert' : 'status'}>
      <Icon />
      <div className={classes.body}>
        <p className={classes.title}>{title}</p>
        {children}
      </div>
    </div>
  );
};
