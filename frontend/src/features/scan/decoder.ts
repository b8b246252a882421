/** Reads QR codes in what a camera sees. */
export interface Decoder {
  /** The text in the picture that is shown now, if it can be read. */
  read(video: HTMLVideoElement): Promise<string | undefined>;
  close(): void;
}

interface Detector {
  detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}

declare global {
  // Chrome has it on Android, ChromeOS and macOS; no other browser does.
  var BarcodeDetector: { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> } | undefined;
}

const native = async (): Promise<Decoder | undefined> => {
  try {
    if (!(await globalThis.BarcodeDetector?.getSupportedFormats())?.includes('qr_code')) return undefined;
    const detector = globalThis.BarcodeDetector && new globalThis.BarcodeDetector({ formats: ['qr_code'] });
    return detector && { read: async (video) => (await detector.detect(video))[0]?.rawValue, close: () => undefined };
  } catch {
    return undefined;
  }
};

const side = 560; // points of the square that is searched: a ticket's code has 57 with its margin

const inWorker = (): Decoder => {
  const worker = new Worker(new URL('./decode.worker.ts', import.meta.url), { type: 'module' });
  const canvas = document.createElement('canvas');
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  return {
    read: (video) =>
      new Promise((resolve, reject) => {
        const { videoWidth: width, videoHeight: height } = video;
        const square = Math.min(width, height);
        if (!context || square === 0) return resolve(undefined);
        context.drawImage(video, (width - square) / 2, (height - square) / 2, square, square, 0, 0, side, side);
        const { data } = context.getImageData(0, 0, side, side);
        worker.onmessage = (e: MessageEvent<string | undefined>) => resolve(e.data);
        worker.onerror = () => reject(new Error('the decoder does not run'));
        worker.postMessage({ data, width: side, height: side }, [data.buffer]);
      }),
    close: () => worker.terminate(),
  };
};

/** The browser's own detector, or else ours in a worker. */
export const openDecoder = async (): Promise<Decoder> => (await native()) ?? inWorker();
