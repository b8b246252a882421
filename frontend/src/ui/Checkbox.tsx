import type { ComponentProps, ReactNode } from 'react';
import classes from './Checkbox.module.css';

interface Props extends Omit<ComponentProps<'input'>, 'type'> {
  label: ReactNode;
  description?: ReactNode;
}

/** The browser's own, in our colours; its label and description can be pressed too. */
export const Checkbox = ({ label, description, className, ...input }: Props) => (
  <label className={className ? `${classes.box} ${className}` : classes.box}>
    <input {...input} type="checkbox" />
    <span>
      {label}
      {description && <small>{description}</small>}
    </span>
  </label>
);
