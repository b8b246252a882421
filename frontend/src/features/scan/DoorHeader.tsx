import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Event } from '../../api/gen/types.gen';
import { useFormat } from '../../lib/format';
import classes from './DoorHeader.module.css';
import { LeaveIcon, MutedIcon, SoundIcon } from './doorIcons';
import { isMuted, setMuted } from './feedback';
import type { Door } from './useDoor';

interface Props {
  id: string;
  door: Door;
  event: Event;
  onLeave: () => void;
}

/** Which door this is, and whether it has a network. */
export const DoorHeader = ({ id, door, event, onLeave }: Props) => {
  const { t } = useTranslation('scan');
  const format = useFormat();
  const [quiet, setQuiet] = useState(isMuted);
  const listed = door.listedAt && format.time(new Date(door.listedAt).toISOString(), event.timeZone);
  const network = door.reachable ? t('screen.online') : listed ? t('screen.offlineList', { time: listed }) : t('screen.offline');
  return (
    <header className={classes.header}>
      <button type="button" className={classes.button} onClick={onLeave} aria-label={t('screen.back')}>
        <LeaveIcon />
      </button>
      <div className={classes.what}>
        <h1 id={id} className={classes.name} dir="auto">
          {event.name}
        </h1>
        <p className={classes.network} data-reachable={door.reachable} role="status">
          {network}
        </p>
      </div>
      <button
        type="button"
        className={classes.button}
        aria-label={t(quiet ? 'screen.soundOn' : 'screen.soundOff')}
        onClick={() => {
          setMuted(!quiet);
          setQuiet(!quiet);
        }}
      >
        {quiet ? <MutedIcon /> : <SoundIcon />}
      </button>
    </header>
  );
};
