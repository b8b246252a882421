import type { ReactNode } from 'react';
import classes from './Message.module.css';

interface Props {
  title: string;
  text?: string | undefined;
  icon?: ReactNode;
  /** h1 where the page has no other. */
  level?: 1 | 2;
  children?: ReactNode;
}

/** Says one thing in the middle of a page: nothing here, nothing found, not possible. */
export const Message = ({ title, text, icon, level = 1, children }: Props) => {
  const Heading = level === 1 ? 'h1' : 'h2';
  return (
    <div className={classes.message}>
      {icon && (
        <div className={classes.icon} aria-hidden="true">
          {icon}
        </div>
      )}
      <Heading className={classes.title}>{title}</Heading>
      {text && <p className={classes.text}>{text}</p>}
      {children && <div className={classes.actions}>{children}</div>}
    </div>
  );
};
