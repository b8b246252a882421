/** Why there is no picture. */
export type CameraTrouble = 'denied' | 'missing' | 'busy' | 'unsupported' | 'failed';

export class CameraError extends Error {
  readonly trouble: CameraTrouble;
  constructor(trouble: CameraTrouble, cause?: unknown) {
    super(trouble, { cause });
    this.trouble = trouble;
  }
}

const troubles: Record<string, CameraTrouble> = {
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotFoundError: 'missing',
  OverconstrainedError: 'missing',
  NotReadableError: 'busy',
  AbortError: 'busy',
};

/** The camera that looks away from whoever holds the device, if there is a choice. Throws a CameraError. */
export const openCamera = async (): Promise<MediaStream> => {
  if (!navigator.mediaDevices?.getUserMedia) throw new CameraError('unsupported');
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
  } catch (thrown) {
    throw new CameraError((thrown instanceof DOMException && troubles[thrown.name]) || 'failed', thrown);
  }
};

/** Whether the browser will give the camera without asking. */
export const mayUseCamera = async (): Promise<boolean> => {
  try {
    return (await navigator.permissions.query({ name: 'camera' })).state === 'granted';
  } catch {
    return false; // some browsers do not tell
  }
};

// Not in TypeScript's DOM yet.
type WithTorch = MediaTrackCapabilities & { torch?: boolean };
type TorchSet = MediaTrackConstraintSet & { torch?: boolean };

export const hasTorch = (stream: MediaStream): boolean => {
  const capabilities: WithTorch | undefined = stream.getVideoTracks()[0]?.getCapabilities?.();
  return capabilities?.torch === true;
};

export const setTorch = async (stream: MediaStream, on: boolean): Promise<void> => {
  const torch: TorchSet = { torch: on };
  await stream.getVideoTracks()[0]?.applyConstraints({ advanced: [torch] });
};

export const closeCamera = (stream: MediaStream): void => {
  for (const track of stream.getTracks()) track.stop();
};
