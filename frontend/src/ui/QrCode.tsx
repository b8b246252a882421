import qrcode from 'qrcode-generator';
import { useMemo } from 'react';
import classes from './QrCode.module.css';

const quiet = 4; // modules of white that scanners need around

/** The dark modules as one path, a rectangle for each run of a row. */
const draw = (code: string): { size: number; path: string } => {
  const qr = qrcode(0, 'M');
  qr.addData(code, /^[0-9A-Z $%*+\-./:]+$/.test(code) ? 'Alphanumeric' : 'Byte'); // ticket codes need fewer modules so
  qr.make();
  const n = qr.getModuleCount();
  let path = '';
  for (let y = 0; y < n; y++) {
    for (let x = 0; x < n; x++) {
      const start = x;
      while (x < n && qr.isDark(y, x)) x++;
      if (x > start) path += `M${start + quiet} ${y + quiet}h${x - start}v1h${start - x}z`;
    }
  }
  return { size: n + 2 * quiet, path };
};

/** A QR code, black on white whatever the colours of the page are, so that every scanner reads it. */
export const QrCode = ({ code, label }: { code: string; label: string }) => {
  const { size, path } = useMemo(() => draw(code), [code]);
  return (
    <svg className={classes.code} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges" role="img" aria-label={label}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
};
