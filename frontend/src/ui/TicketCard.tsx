import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { BookedEvent, Ticket } from '../api/gen/types.gen';
import { useFormat } from '../lib/format';
import { Artwork } from './Artwork';
import { EventFacts } from './EventFacts';
import { CheckIcon, CloseIcon } from './icons';
import { QrCode } from './QrCode';
import { useSeatText } from './seatText';
import classes from './TicketCard.module.css';

interface Props {
  ticket: Ticket;
  event: BookedEvent;
  /** Which of how many, "Ticket 1 of 3". */
  place?: string;
  /** Whether the event is told on it; paper always tells. */
  withEvent?: boolean;
  onShow: () => void;
  /** What can be done with it. */
  children?: ReactNode;
}

/** A ticket as one would like to hold it: who, where, and the code for the door. */
export const TicketCard = ({ ticket, event, place, withEvent = false, onShow, children }: Props) => {
  const { t } = useTranslation('ticket');
  const format = useFormat();
  const seatText = useSeatText();
  const id = useId();
  const { seat, attendee, status, code, shortCode } = ticket;
  const where = seatText(seat);
  const Heading = withEvent ? 'h2' : 'h3'; // alone on its page, or one of a list that has a heading
  return (
    <article className={classes.ticket} data-status={status} aria-labelledby={id}>
      <div className={classes.paper}>
        <div className={classes.band} aria-hidden="true">
          <Artwork seed={event.id} />
        </div>
        <div className={classes.facts}>
          {place && <p className={classes.place}>{place}</p>}
          <div className={withEvent ? classes.event : classes.onPaper}>
            <p className={classes.name}>
              <bdi>{event.name}</bdi>
            </p>
            <EventFacts event={event} />
          </div>
          <div>
            <Heading id={id} className={classes.seat}>
              <bdi>{seat.section}</bdi> <span>{where}</span>
            </Heading>
            <p className={classes.attendee} data-unnamed={attendee.name ? undefined : ''}>
              {attendee.name ? <bdi>{attendee.name}</bdi> : t('unnamed')}
            </p>
          </div>
          <p className={classes.price}>
            {format.money(seat.price)}
            {status === 'valid' && <span className={classes.valid}>{t('status.valid')}</span>}
          </p>
        </div>
        {(code || status !== 'valid') && (
          <div className={classes.stub}>
            {status === 'valid' && code ? (
              <>
                <button type="button" className={classes.show} onClick={onShow} aria-label={t('code.show', { seat: where })}>
                  <QrCode code={code} label={t('code.label', { seat: where })} />
                </button>
                <p className={classes.typed}>
                  <span>{t('code.typed')}</span>
                  <bdi dir="ltr" translate="no">
                    {shortCode ?? code}
                  </bdi>
                </p>
              </>
            ) : (
              <p className={classes.over}>
                {status === 'checkedIn' ? <CheckIcon /> : <CloseIcon />}
                {status === 'checkedIn' && ticket.checkedInAt
                  ? t('status.checkedInAt', { time: format.time(ticket.checkedInAt, event.timeZone) })
                  : t(`status.${status}`)}
              </p>
            )}
          </div>
        )}
      </div>
      {children && <div className={classes.actions}>{children}</div>}
    </article>
  );
};
