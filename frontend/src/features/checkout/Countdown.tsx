import { Button } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { now } from '../../lib/clock';
import { useFormat } from '../../lib/format';
import type { Problem } from '../../lib/problem';
import { AlertIcon, ClockIcon } from '../../ui/icons';
import classes from './Countdown.module.css';

const minute = 60;
const marks = [1, 2, 5]; // minutes that are announced

const secondsTo = (iso: string) => Math.max(0, Math.floor((Date.parse(iso) - now()) / 1000));

/** Seconds until a moment on the server's clock. */
const useSecondsTo = (iso: string): number => {
  const [left, setLeft] = useState(() => secondsTo(iso));
  useEffect(() => {
    setLeft(secondsTo(iso));
    const timer = setInterval(() => setLeft(secondsTo(iso)), 1_000);
    return () => clearInterval(timer);
  }, [iso]);
  return left;
};

/** The mark that was passed since the page showed this countdown, each once; what a longer time puts off comes again. */
const usePassedMark = (left: number): number | undefined => {
  const next = marks.find((m) => left <= m * minute);
  const before = useRef(next);
  const [passed, setPassed] = useState<number>();
  useEffect(() => {
    if (next === before.current) return;
    const nearer = next !== undefined && (before.current === undefined || next < before.current);
    before.current = next;
    setPassed(nearer ? next : undefined);
  }, [next]);
  return passed;
};

interface Props {
  expiresAt: string;
  extended: boolean;
  extension: 'asked' | Problem | undefined;
  onExtend: () => void;
}

/** How long the places are kept, and a way to keep them longer. */
export const Countdown = ({ expiresAt, extended, extension, onExtend }: Props) => {
  const { t } = useTranslation('checkout');
  const { locale } = useFormat();
  const left = useSecondsTo(expiresAt);
  const passed = usePassedMark(left);
  const minutes = new Intl.NumberFormat(locale).format(Math.floor(left / minute));
  const seconds = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 }).format(left % minute);
  const asked = extension === 'asked';
  return (
    <div className={classes.bar} data-soon={left <= minute || undefined}>
      {left <= minute ? <AlertIcon /> : <ClockIcon />}
      <p className={classes.left} role="timer">
        {t('countdown.kept')} <strong>{`${minutes}:${seconds}`}</strong>
      </p>
      {extended ? (
        <p className={classes.extended}>{t('countdown.added')}</p>
      ) : (
        <Button size="sm" variant="default" className={classes.more} aria-disabled={asked} onClick={onExtend}>
          {t(asked ? 'countdown.adding' : 'countdown.more')}
        </Button>
      )}
      {extension && !asked && (
        <p className={classes.extended} role="alert">
          {t('countdown.notAdded')}
        </p>
      )}
      <div className="visually-hidden" role="status">
        {passed !== undefined && t('countdown.left', { count: passed })}
      </div>
    </div>
  );
};
