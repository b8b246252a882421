import { act, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { loadTexts } from '../../lib/i18n';
import { anEvent } from '../../test/factories';
import type { Verdict } from './decide';
import { setMuted, signal, wakeSound } from './feedback';
import { VerdictScreen } from './VerdictScreen';

const verdict = (over: Partial<Verdict>): Verdict => ({ result: 'admitted', at: Date.parse('2031-06-01T19:30:00Z'), ...over });

const open = (shown: Verdict) => {
  const onNext = vi.fn();
  const onAnyway = vi.fn();
  render(<VerdictScreen verdict={shown} event={anEvent()} onNext={onNext} onAnyway={onAnyway} />);
  return { onNext, onAnyway };
};

describe('a result', () => {
  beforeEach(async () => {
    await loadTexts('scan');
    vi.useFakeTimers();
  });
  afterEach(() => vi.useRealTimers());

  test.each([
    ['admitted', 2_000],
    ['alreadyIn', 6_000],
    ['refused', 6_000],
  ] as const)('goes by itself: %s after %i ms', (result, stay) => {
    const { onNext } = open(verdict({ result }));
    act(() => vi.advanceTimersByTime(stay - 1));
    expect(onNext).not.toHaveBeenCalled();
    act(() => vi.advanceTimersByTime(1));
    expect(onNext).toHaveBeenCalledOnce();
  });

  test('stays where somebody has to decide, wherever one taps', () => {
    const { onNext, onAnyway } = open(verdict({ result: 'unsure', reason: 'notListed' }));
    act(() => vi.advanceTimersByTime(60_000));
    fireEvent.click(screen.getByRole('heading'));
    expect(onNext).not.toHaveBeenCalled();
    fireEvent.click(screen.getByRole('button', { name: 'Let in' }));
    expect(onAnyway).toHaveBeenCalledOnce();
  });

  test('goes by a tap anywhere', () => {
    const { onNext } = open(verdict({}));
    fireEvent.click(screen.getByRole('heading', { name: 'Admitted' }));
    expect(onNext).toHaveBeenCalledOnce();
  });

  test('names the guest and the place, as far as known', () => {
    open(verdict({ seat: { section: 'Floor', number: 12 } }));
    expect(screen.getByText('Guest without a name')).toBeTruthy();
    expect(screen.getByText('Floor')).toBeTruthy();
  });

  test('too early says when the doors open', () => {
    open(verdict({ result: 'refused', reason: 'tooEarly' }));
    expect(screen.getByText(/^Doors open at 0?8:00/)).toBeTruthy();
  });
});

describe('what is heard and felt', () => {
  const started = vi.fn();
  const param = { setValueAtTime: vi.fn(), linearRampToValueAtTime: vi.fn() };

  beforeEach(() => {
    started.mockReset();
    const node = { connect: (to: unknown) => to };
    vi.stubGlobal('AudioContext', function Context() {
      return { state: 'running', currentTime: 0, destination: {} };
    });
    vi.stubGlobal('GainNode', function Gain() {
      return { ...node, gain: param };
    });
    vi.stubGlobal('OscillatorNode', function Oscillator(_: unknown, { frequency }: { frequency: number }) {
      return { ...node, start: () => started(frequency), stop: () => undefined };
    });
    navigator.vibrate = vi.fn(() => true);
  });

  test('every result has a melody and a pattern of its own', () => {
    wakeSound();
    const heard = (['admitted', 'alreadyIn', 'refused', 'unsure'] as const).map((result) => {
      started.mockReset();
      signal(result);
      return started.mock.calls.flat().join(' ');
    });
    expect(new Set(heard).size).toBe(4);
    expect(vi.mocked(navigator.vibrate).mock.calls[0]).not.toEqual(vi.mocked(navigator.vibrate).mock.calls[2]);
  });

  test('muted, it is only felt', () => {
    wakeSound();
    setMuted(true);
    signal('refused');
    expect(started).not.toHaveBeenCalled();
    expect(navigator.vibrate).toHaveBeenCalledOnce();
  });
});
