import { type ComponentType, useEffect, useLayoutEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import type { Result, Verdict } from './decide';
import { AgainMark, AskMark, InMark, NoMark } from './marks';
import classes from './VerdictScreen.module.css';

const marks: Record<Result, ComponentType> = { admitted: InMark, alreadyIn: AgainMark, refused: NoMark, unsure: AskMark };

/** How long a result stays by itself, in milliseconds; absent: until somebody decides. */
const shownFor: Partial<Record<Result, number>> = { admitted: 2_000, alreadyIn: 6_000, refused: 6_000 };

interface Props {
  verdict: Verdict;
  event: Event;
  onNext: () => void;
  onAnyway: () => void;
}

/** The words of a result, also for those who hear them. */
export const useVerdictText = (event: Event) => {
  const { t } = useTranslation('scan');
  const format = useFormat();
  return ({ result, reason, at, name, seat, offline }: Verdict) => {
    const time = (ms: number) => format.time(new Date(ms).toISOString(), event.timeZone);
    const placed = seat && (seat.row ? t('result.seat', { ...seat, row: seat.row }) : seat.section);
    const known = result !== 'unsure' && (name || seat);
    return {
      title: t(`result.${result}`),
      detail: [
        result === 'alreadyIn' && t('result.since', { time: time(at) }),
        reason && t(`result.reason.${reason}`),
        reason === 'tooEarly' && !!event.doorsAt && t('result.opens', { time: format.time(event.doorsAt, event.timeZone) }),
      ].filter((text) => typeof text === 'string'),
      name: name ?? (known ? t('result.unnamed') : undefined),
      seat: placed,
      offline: offline && t(result === 'admitted' ? 'result.offline' : 'result.offlineDecided'),
    };
  };
};

/** A result that nobody mistakes for another: by word, sign and colour, over the whole screen. */
export const VerdictScreen = ({ verdict, event, onNext, onAnyway }: Props) => {
  const { t } = useTranslation('scan');
  const text = useVerdictText(event)(verdict);
  const Mark = marks[verdict.result];
  const first = useRef<HTMLButtonElement>(null);
  const next = useRef(onNext);
  next.current = onNext;
  const rest = shownFor[verdict.result];

  useLayoutEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: anew for each verdict
  useEffect(() => {
    first.current?.focus();
    const timer = rest ? setTimeout(() => next.current(), rest) : undefined;
    return () => clearTimeout(timer);
  }, [verdict]);

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys have the buttons; a tap may be anywhere
    // biome-ignore lint/a11y/noStaticElementInteractions: as above
    <div className={classes.screen} data-result={verdict.result} onClick={rest ? onNext : undefined}>
      <div className={classes.words}>
        <div className={classes.mark}>
          <Mark />
        </div>
        <h2 className={classes.title}>{text.title}</h2>
        {text.detail.map((line) => (
          <p key={line} className={classes.detail}>
            {line}
          </p>
        ))}
        {text.name && (
          <p className={classes.name} dir="auto">
            {text.name}
          </p>
        )}
        {text.seat && <p className={classes.seat}>{text.seat}</p>}
        {text.offline && <p className={classes.offline}>{text.offline}</p>}
      </div>
      <div className={classes.actions}>
        {verdict.result === 'unsure' ? (
          <>
            <button ref={first} type="button" className={classes.action} onClick={onNext}>
              {t('result.turnAway')}
            </button>
            <button type="button" className={classes.action} onClick={onAnyway}>
              {t('result.anyway')}
            </button>
          </>
        ) : (
          <button ref={first} type="button" className={classes.action} onClick={onNext}>
            {t('result.next')}
          </button>
        )}
      </div>
      {rest && <div className={classes.rest} data-result={verdict.result} aria-hidden="true" />}
    </div>
  );
};
