import { useCallback, useEffect, useRef, useState } from 'react';
import { now } from '../../lib/clock';
import { CameraError, type CameraTrouble, closeCamera, hasTorch, mayUseCamera, openCamera, setTorch } from './camera';
import { openDecoder } from './decoder';

const rest = 80; // milliseconds between two looks
const inView = 3_000; // milliseconds until a code that went out of view counts as shown anew
const patience = 8; // looks in a row that may fail

export type CameraState = 'off' | 'starting' | 'on' | CameraTrouble;

/**
 * Shows what the camera sees in a video and reads codes in it. onCode says whether it took the code; one that it took is not
 * offered again for as long as it stays in view.
 */
export const useCamera = (onCode: (text: string) => boolean) => {
  const video = useRef<HTMLVideoElement>(null);
  const [state, setState] = useState<CameraState>('off');
  const [stream, setStream] = useState<MediaStream>();
  const [torch, setLight] = useState(false);
  const take = useRef(onCode);
  take.current = onCode;

  const start = useCallback(async () => {
    setState('starting');
    try {
      setStream(await openCamera());
      setState('on');
    } catch (thrown) {
      setState(thrown instanceof CameraError ? thrown.trouble : 'failed');
    }
  }, []);

  useEffect(() => {
    void mayUseCamera().then((may) => (may ? start() : undefined));
  }, [start]);

  useEffect(() => {
    const shown = video.current;
    if (!stream || !shown) return;
    const lost = () => {
      setStream(undefined);
      setState('busy');
    };
    const track = stream.getVideoTracks()[0];
    track?.addEventListener('ended', lost);
    shown.srcObject = stream;
    void shown.play().catch(() => undefined); // it plays by itself where this is refused

    let timer: ReturnType<typeof setTimeout> | undefined;
    let stopped = false;
    let failures = 0;
    let taken = { text: '', at: 0 };
    const decoder = openDecoder();
    const look = async () => {
      try {
        const text = document.hidden ? undefined : await (await decoder).read(shown);
        failures = 0;
        if (text && !stopped) {
          if (text === taken.text && now() - taken.at < inView) taken.at = now();
          else if (take.current(text)) taken = { text, at: now() };
        }
      } catch {
        failures += 1;
      }
      if (stopped) return;
      if (failures > patience) {
        setStream(undefined);
        setState('failed');
      } else timer = setTimeout(look, rest);
    };
    void look();
    return () => {
      stopped = true;
      clearTimeout(timer);
      track?.removeEventListener('ended', lost);
      shown.srcObject = null;
      closeCamera(stream);
      setLight(false);
      void decoder.then((d) => d.close());
    };
  }, [stream]);

  const toggleTorch = async () => {
    if (!stream) return;
    try {
      await setTorch(stream, !torch);
      setLight(!torch);
    } catch {
      // The light is in use elsewhere: it stays as it is.
    }
  };

  return { video, state, start, torch: stream && hasTorch(stream) ? { on: torch, toggle: toggleTorch } : undefined };
};
