import { render, screen } from '@testing-library/react';
import jsQR from 'jsqr';
import { expect, test } from 'vitest';
import { QrCode } from './QrCode';

const scale = 4; // pixels of a module

/** Paints what the SVG says, and reads it as a scanner would. */
const scan = (): string | undefined => {
  const svg = screen.getByRole('img');
  const size = Number(svg.getAttribute('viewBox')?.split(' ')[3]);
  const side = size * scale;
  const pixels = new Uint8ClampedArray(side * side * 4).fill(255);
  const path = svg.querySelector('path')?.getAttribute('d') ?? '';
  for (const [, x, y, run] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let py = Number(y) * scale; py < (Number(y) + 1) * scale; py++) {
      const start = (py * side + Number(x) * scale) * 4;
      for (let i = start; i < start + Number(run) * scale * 4; i += 4) pixels.fill(0, i, i + 3);
    }
  }
  return jsQR(pixels, side, side)?.data;
};

test.each([
  `ME1-${'05WQ07FB4J2ZWCDATXRASD2G6PDVDDMP9CF9FR2G00001R7S68JM61MG52EB8J2P0'.repeat(2)}`,
  'https://example.org/tickets/tok_x',
])('a scanner reads %s', (code) => {
  render(<QrCode code={code} label="code" />);
  expect(scan()).toBe(code);
});

test('the code has its quiet zone, and a name', () => {
  render(<QrCode code="ME1-ABC" label="QR code: Row A, seat 1" />);
  const svg = screen.getByRole('img', { name: 'QR code: Row A, seat 1' });
  expect(svg.querySelector('path')?.getAttribute('d')).toMatch(/^M4 4h7v1/);
});
