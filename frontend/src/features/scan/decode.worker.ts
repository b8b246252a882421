import { decode, type Frame } from './decode';

let turn = 0;

self.onmessage = ({ data }: MessageEvent<Frame>) => {
  turn += 1;
  self.postMessage(decode(data, turn % 4 === 0));
};
