import { type ReactNode, useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Dialog.module.css';
import { CloseIcon } from './icons';

interface Props {
  open: boolean;
  title: string;
  children: ReactNode;
  /** Absent: it cannot be dismissed, only answered. */
  onClose?: () => void;
  size?: 'small' | 'large';
}

/** A modal dialog of the browser's own: it keeps focus, gives it back, and closes by Escape. */
export const Dialog = ({ open, title, children, onClose, size = 'small' }: Props) => {
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    if (open && !dialog.open) dialog.showModal();
    if (!open && dialog.open) dialog.close();
  }, [open]);
  if (!open) return null;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the browser's; the click is on the backdrop, for the mouse
    <dialog
      ref={ref}
      className={classes.dialog}
      data-size={size}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault();
        onClose?.();
      }}
      onClick={(e) => {
        if (e.target === e.currentTarget) onClose?.();
      }}
    >
      <div className={classes.body}>
        <header className={classes.header}>
          <h2 id={id}>{title}</h2>
          {onClose && (
            <button type="button" className={classes.close} onClick={onClose} aria-label={t('close')}>
              <CloseIcon />
            </button>
          )}
        </header>
        {children}
      </div>
    </dialog>
  );
};
