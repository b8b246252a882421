import { readStored, writeStored } from '../../lib/storage';
import type { Result } from './decide';

interface Tone {
  hertz: number;
  /** In seconds, from the start of the signal. */
  from: number;
  to: number;
  wave: OscillatorType;
}

// Told apart by melody, length and timbre: up for in, the same twice for again, low and long for no.
const signals: Record<Result, { tones: Tone[]; vibration: number[] }> = {
  admitted: {
    tones: [
      { hertz: 784, from: 0, to: 0.1, wave: 'sine' },
      { hertz: 1175, from: 0.1, to: 0.26, wave: 'sine' },
    ],
    vibration: [70],
  },
  alreadyIn: {
    tones: [
      { hertz: 440, from: 0, to: 0.14, wave: 'triangle' },
      { hertz: 440, from: 0.22, to: 0.36, wave: 'triangle' },
    ],
    vibration: [110, 80, 110],
  },
  unsure: {
    tones: [
      { hertz: 587, from: 0, to: 0.14, wave: 'triangle' },
      { hertz: 466, from: 0.18, to: 0.4, wave: 'triangle' },
    ],
    vibration: [110, 80, 110],
  },
  refused: { tones: [{ hertz: 165, from: 0, to: 0.55, wave: 'sawtooth' }], vibration: [450] },
};

const muted = 'doorMuted';

export const isMuted = (): boolean => readStored<boolean>(muted) ?? false;
export const setMuted = (value: boolean): void => writeStored(muted, value);

let context: AudioContext | undefined;

/** Browsers let a page make sounds once a person touched it: call this from a press. */
export const wakeSound = (): void => {
  if (typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  if (context.state === 'suspended') void context.resume().catch(() => undefined);
};

const volume = 0.35;
const edge = 0.012; // seconds of fading, so that nothing clicks

/** Lets a result be heard and felt. */
export const signal = (result: Result): void => {
  const { tones, vibration } = signals[result];
  navigator.vibrate?.(vibration);
  if (isMuted() || context?.state !== 'running') return;
  for (const { hertz, from, to, wave } of tones) {
    const start = context.currentTime + from;
    const end = context.currentTime + to;
    const oscillator = new OscillatorNode(context, { frequency: hertz, type: wave });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(0, start);
    gain.gain.linearRampToValueAtTime(volume, start + edge);
    gain.gain.setValueAtTime(volume, end - edge);
    gain.gain.linearRampToValueAtTime(0, end);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(start);
    oscillator.stop(end);
  }
};
