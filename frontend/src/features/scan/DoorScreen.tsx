import { useNavigate } from '@tanstack/react-router';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { signIn } from '../../lib/signIn';
import { useTitle } from '../../ui/Page';
import { CameraView } from './CameraView';
import { CodeForm } from './CodeForm';
import { CountsBar } from './CountsBar';
import { DoorHeader } from './DoorHeader';
import classes from './DoorScreen.module.css';
import { signal, wakeSound } from './feedback';
import { HistoryDialog } from './HistoryDialog';
import { rememberDoor } from './lastDoor';
import type { ScanRecord } from './records';
import type { Door } from './useDoor';
import { useWakeLock } from './useWakeLock';
import { useWedge } from './useWedge';
import { useVerdictText, VerdictScreen } from './VerdictScreen';

/** The whole screen of a device at the door: camera, code field and counts, and each result over all of it. */
export const DoorScreen = ({ door, event }: { door: Door; event: Event }) => {
  const { t } = useTranslation('scan');
  const navigate = useNavigate();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [shown, setShown] = useState<ScanRecord>();
  const [checking, setChecking] = useState(0);
  const [history, setHistory] = useState(false);
  const queue = useRef(Promise.resolve());
  const latest = useRef(door);
  latest.current = door;
  const verdictText = useVerdictText(event);
  useTitle(event.name);
  useWakeLock();

  useEffect(() => rememberDoor(event.id), [event.id]);

  useEffect(() => {
    const own = dialog.current;
    if (own && !own.open) own.showModal();
    own?.focus(); // not the first button, which leaves
    return () => own?.close();
  }, []);

  const leave = () => void navigate({ to: '/scan' });

  const show = (record: ScanRecord) => {
    setShown(record);
    signal(record.verdict.result);
  };

  // One after the other: what is typed by a hand scanner meanwhile waits its turn.
  const scan = (text: string) => {
    setHistory(false);
    setChecking((n) => n + 1);
    const before = queue.current.catch(() => undefined); // one that failed holds up no other
    queue.current = before.then(async () => {
      try {
        show(await latest.current.scan(text));
      } finally {
        setChecking((n) => n - 1);
      }
    });
  };

  const next = () => setShown(undefined);

  // A camera sees the next person's code while somebody is still being told no: that is not taken.
  const seen = (text: string): boolean => {
    if (checking > 0 || history || (shown && shown.verdict.result !== 'admitted')) return false;
    scan(text);
    return true;
  };

  useWedge(scan, () => {
    if (!shown || shown.verdict.result === 'unsure') return false;
    next();
    return true;
  });

  const anyway = async () => {
    if (shown) show(await door.admitAnyway(shown));
  };

  const spoken = shown ? verdictText(shown.verdict) : undefined;
  const conflicts = door.records.filter((r) => r.sync === 'conflict').length;
  return (
    <dialog
      ref={dialog}
      className={classes.screen}
      tabIndex={-1}
      aria-labelledby={id}
      onPointerDown={wakeSound}
      onKeyDown={wakeSound}
      onCancel={(e) => {
        e.preventDefault(); // Escape answers what is shown, or leaves
        if (shown) next();
        else leave();
      }}
    >
      <div className={classes.layout} inert={!!shown}>
        <DoorHeader id={id} door={door} event={event} onLeave={leave} />
        <CameraView onCode={seen} checking={checking > 0} />
        <div className={classes.panel}>
          {door.signedOut && <SignInBar />}
          <CountsBar counts={door.counts} mine={door.mine} waiting={door.records.filter((r) => r.sync === 'waiting').length} />
          <CodeForm onCode={scan} checking={checking > 0} />
          <HistoryButton conflicts={conflicts} onOpen={() => setHistory(true)} />
        </div>
      </div>
      {shown && <VerdictScreen verdict={shown.verdict} event={event} onNext={next} onAnyway={() => void anyway()} />}
      <p className="visually-hidden" role="alert">
        {spoken && [spoken.title, ...spoken.detail, spoken.name, spoken.seat, spoken.offline].filter((s) => !!s).join('. ')}
      </p>
      <HistoryDialog open={history} door={door} event={event} onClose={() => setHistory(false)} title={t('history.title')} />
    </dialog>
  );
};

const SignInBar = () => {
  const { t } = useTranslation('scan');
  const { t: common, i18n } = useTranslation();
  return (
    <div className={classes.signIn} role="status">
      <p>{t('screen.signIn')}</p>
      <button type="button" className={classes.history} onClick={() => void signIn(undefined, i18n.language)}>
        {common('signIn.again')}
      </button>
    </div>
  );
};

const HistoryButton = ({ conflicts, onOpen }: { conflicts: number; onOpen: () => void }) => {
  const { t } = useTranslation('scan');
  return (
    <button type="button" className={classes.history} data-conflicts={conflicts > 0} onClick={onOpen}>
      {conflicts > 0 ? t('history.open_conflicts', { count: conflicts }) : t('history.open')}
    </button>
  );
};
