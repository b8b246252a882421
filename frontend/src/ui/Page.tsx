import { type ReactNode, useEffect } from 'react';
import classes from './Page.module.css';

interface Props {
  /** The page's heading and the document's title. */
  title: string;
  /** Where the heading is part of something larger on the page. */
  hideTitle?: boolean;
  /** A line above the heading, such as the way back. */
  above?: ReactNode;
  /** Buttons beside the heading. */
  actions?: ReactNode;
  width?: 'full' | 'narrow';
  children: ReactNode;
}

export const useTitle = (title: string): void => {
  useEffect(() => {
    document.title = title ? `${title} · MyEvents` : 'MyEvents';
  }, [title]);
};

/** A page with its heading. */
export const Page = ({ title, hideTitle = false, above, actions, width = 'full', children }: Props) => {
  useTitle(title);
  return (
    <div className={classes.page} data-width={width}>
      {above && <div className={classes.above}>{above}</div>}
      <div className={hideTitle ? 'visually-hidden' : classes.header}>
        <h1 className={classes.title}>{title}</h1>
        {actions && <div className={classes.actions}>{actions}</div>}
      </div>
      {children}
    </div>
  );
};
