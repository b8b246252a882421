import { type PointerEvent, useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Ticket } from '../api/gen/types.gen';
import { useWakeLock } from '../lib/wakeLock';
import classes from './CodeViewer.module.css';
import { ChevronIcon, CloseIcon } from './icons';
import { QrCode } from './QrCode';
import { useSeatText } from './seatText';

interface Props {
  /** Those with a code, in the order of the door. */
  tickets: Ticket[];
  /** Which is shown; undefined: closed. */
  shown: number | undefined;
  onShow: (index: number) => void;
  onClose: () => void;
}

const swipe = 48; // pixels

/** The code as large and bright as the screen can, for the door; the next ticket is a swipe or an arrow away. */
export const CodeViewer = ({ tickets, shown, onShow, onClose }: Props) => {
  const { t, i18n } = useTranslation(['ticket', 'common']);
  const seatText = useSeatText();
  const dialog = useRef<HTMLDialogElement>(null);
  const from = useRef<number>(undefined);
  const id = useId();
  const ticket = shown === undefined ? undefined : tickets[shown];
  const open = ticket !== undefined;
  useWakeLock(open);
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
  }, [open]);
  if (shown === undefined || !ticket?.code) return null;

  const step = (by: number) => {
    if (tickets[shown + by]) onShow(shown + by);
  };
  const forward = i18n.dir() === 'rtl' ? -1 : 1;
  const begin = (e: PointerEvent) => {
    from.current = e.clientX;
  };
  const end = (e: PointerEvent) => {
    const moved = from.current === undefined ? 0 : e.clientX - from.current;
    from.current = undefined;
    if (Math.abs(moved) > swipe) step(moved < 0 ? forward : -forward);
  };
  const where = seatText(ticket.seat);
  return (
    <dialog
      ref={dialog}
      className={classes.viewer}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
      onKeyDown={(e) => {
        if (e.key === 'ArrowRight') step(forward);
        if (e.key === 'ArrowLeft') step(-forward);
      }}
      onPointerDown={begin}
      onPointerUp={end}
    >
      <header className={classes.header}>
        <h2 id={id}>{t('code.door')}</h2>
        <button type="button" className={classes.button} onClick={onClose} aria-label={t('common:close')}>
          <CloseIcon />
        </button>
      </header>
      <div className={classes.code}>
        <QrCode code={ticket.code} label={t('code.label', { seat: where })} />
      </div>
      <div className={classes.words} aria-live="polite">
        <p className={classes.name}>{ticket.attendee.name ? <bdi>{ticket.attendee.name}</bdi> : t('unnamed')}</p>
        <p>
          <bdi>{ticket.seat.section}</bdi> · {where}
        </p>
        <p className={classes.typed}>
          <bdi dir="ltr" translate="no">
            {ticket.shortCode ?? ticket.code}
          </bdi>
        </p>
      </div>
      {tickets.length > 1 && (
        <div className={classes.steps}>
          <button
            type="button"
            className={`${classes.button} ${classes.back}`}
            onClick={() => step(-1)}
            disabled={shown === 0}
            aria-label={t('code.previous')}
          >
            <ChevronIcon />
          </button>
          <p>{t('of', { n: shown + 1, all: tickets.length })}</p>
          <button
            type="button"
            className={classes.button}
            onClick={() => step(1)}
            disabled={shown === tickets.length - 1}
            aria-label={t('code.next')}
          >
            <ChevronIcon />
          </button>
        </div>
      )}
    </dialog>
  );
};
