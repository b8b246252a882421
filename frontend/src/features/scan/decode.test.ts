import qrcode from 'qrcode-generator';
import { expect, test } from 'vitest';
import { decode, type Frame } from './decode';
import { codes } from './samples';

/** A ticket's code as a camera may see it: so many points to a module, somewhere in a grey picture. */
const picture = (text: string, scale: number, size = 560, inverted = false): Frame => {
  const qr = qrcode(0, 'M');
  qr.addData(text, 'Alphanumeric');
  qr.make();
  const data = new Uint8ClampedArray(size * size * 4).fill(inverted ? 20 : 190);
  const modules = qr.getModuleCount() + 8;
  const start = Math.floor((size - modules * scale) / 2);
  for (let y = 0; y < modules * scale; y += 1) {
    for (let x = 0; x < modules * scale; x += 1) {
      const row = Math.floor(y / scale) - 4;
      const column = Math.floor(x / scale) - 4;
      const inside = row >= 0 && column >= 0 && row < modules - 8 && column < modules - 8;
      const dark = (inside && qr.isDark(row, column)) !== inverted;
      data.fill(dark ? 30 : 230, ((start + y) * size + start + x) * 4, ((start + y) * size + start + x) * 4 + 3);
    }
  }
  return { data, width: size, height: size };
};

test.each([3, 5, 8])('reads a ticket’s code at %i points to a module', (scale) => {
  expect(decode(picture(codes.good, scale))).toBe(codes.good);
});

test('reads light on dark', () => {
  expect(decode(picture(codes.good, 6, 560, true), true)).toBe(codes.good);
});

test('sees nothing where there is nothing', () => {
  expect(decode({ data: new Uint8ClampedArray(200 * 200 * 4).fill(128), width: 200, height: 200 })).toBeUndefined();
});
