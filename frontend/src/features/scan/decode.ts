import jsQR from 'jsqr';

/** A picture, four bytes for each point. */
export interface Frame {
  data: Uint8ClampedArray;
  width: number;
  height: number;
}

/** The text of a QR code in a picture; inverted: also light on dark, as some wallets show it, which takes twice as long. */
export const decode = ({ data, width, height }: Frame, inverted = false): string | undefined =>
  jsQR(data, width, height, { inversionAttempts: inverted ? 'invertFirst' : 'dontInvert' })?.data || undefined;
