import { useTranslation } from 'react-i18next';
import { ScanIcon } from '../../ui/icons';
import classes from './CameraView.module.css';
import { TorchIcon } from './doorIcons';
import { wakeSound } from './feedback';
import { useCamera } from './useCamera';

interface Props {
  /** Says whether it took the code. */
  onCode: (text: string) => boolean;
  checking: boolean;
}

/** What the camera sees, or what to do where it sees nothing. */
export const CameraView = ({ onCode, checking }: Props) => {
  const { t } = useTranslation('scan');
  const { video, state, start, torch } = useCamera(onCode);
  const on = state === 'on';
  return (
    <section className={classes.camera} aria-label={t('camera.label')} data-on={on}>
      <video ref={video} className={classes.video} muted playsInline />
      {on && (
        <>
          <div className={classes.frame} aria-hidden="true" />
          <p className={classes.hint} role="status">
            {t(checking ? 'form.checking' : 'camera.hint')}
          </p>
          {torch && (
            <button type="button" className={classes.torch} aria-pressed={torch.on} onClick={() => void torch.toggle()}>
              <TorchIcon />
              {t(torch.on ? 'camera.torchOff' : 'camera.torchOn')}
            </button>
          )}
        </>
      )}
      {!on && (
        <div className={classes.off}>
          <div className={classes.sign} aria-hidden="true">
            <ScanIcon />
          </div>
          {state === 'starting' && <p role="status">{t('camera.starting')}</p>}
          {state === 'off' && <p>{t('camera.startText')}</p>}
          {state !== 'off' && state !== 'starting' && (
            <div role="alert">
              <p className={classes.trouble}>{t(`camera.${state}`)}</p>
              <p>{t(`camera.${state}Text`)}</p>
            </div>
          )}
          {state !== 'starting' && state !== 'unsupported' && (
            <button
              type="button"
              className={classes.start}
              onClick={() => {
                wakeSound();
                void start();
              }}
            >
              {t(state === 'off' ? 'camera.start' : 'camera.again')}
            </button>
          )}
        </div>
      )}
    </section>
  );
};
