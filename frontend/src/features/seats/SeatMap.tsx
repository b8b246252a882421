import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FitIcon, MinusIcon, PlusIcon } from '../../ui/icons';
import { listen } from './gestures';
import { Scene } from './Scene';
import { SeatGrid } from './SeatGrid';
import classes from './SeatMap.module.css';
import type { SeatTable } from './seatTable';

interface Props {
  name: string;
  table: SeatTable;
  tier: number;
  front: string;
  chosen: ReadonlySet<number>;
  accessibleOnly: boolean;
  /** Seats to bring into view; another array whenever that is wanted again. */
  look: number[];
  at: number;
  describe: (seat: number) => string;
  onToggle: (seat: number) => void;
}

/** The picture of a section's seats, with the grid that keyboards and screen readers use in its stead. */
export const SeatMap = ({ name, table, tier, front, chosen, accessibleOnly, look, at, describe, onToggle }: Props) => {
  const { t } = useTranslation('seats');
  const host = useRef<HTMLDivElement>(null);
  const seats = useRef<HTMLCanvasElement>(null);
  const marks = useRef<HTMLCanvasElement>(null);
  const [scene, setScene] = useState<Scene>();
  const [zoom, setZoom] = useState({ atLeast: true, atMost: false });
  const [hover, setHover] = useState({ seat: -1, x: 0, y: 0 });
  const [tapped, setTapped] = useState(at);
  const toggle = useRef(onToggle);
  toggle.current = onToggle;
  const first = useRef(table);

  useEffect(() => {
    if (!host.current || !seats.current || !marks.current) return;
    const made = new Scene({ host: host.current, seats: seats.current, marks: marks.current }, first.current, {
      onTap: (seat) => {
        setTapped(seat);
        toggle.current(seat);
      },
      onHover: (seat, x, y) => setHover({ seat, x, y }),
      onZoom: setZoom,
    });
    const stop = listen(host.current, made);
    setScene(made);
    return () => {
      stop();
      made.end();
    };
  }, []);

  useEffect(() => scene?.dress(front, accessibleOnly), [scene, front, accessibleOnly]);
  useEffect(() => scene?.choose(chosen), [scene, chosen]);
  useEffect(() => scene?.show(table), [scene, table]);
  useEffect(() => scene?.lookAt(look), [scene, look]);
  useEffect(() => setTapped(at), [at]);

  return (
    <div className={classes.frame} data-tier={tier}>
      {/* Left is left in every language: the hall is not mirrored. */}
      <div ref={host} className={classes.map} dir="ltr" data-fit={zoom.atLeast} data-pointing={hover.seat >= 0}>
        <div aria-hidden="true">
          <canvas ref={seats} />
          <canvas ref={marks} />
        </div>
        {hover.seat >= 0 && (
          <p
            className={classes.hover}
            dir="auto"
            aria-hidden="true"
            data-below={hover.y < 70}
            style={{ translate: `${hover.x}px ${hover.y}px` }}
          >
            <span>{describe(hover.seat)}</span>
          </p>
        )}
      </div>
      {scene && (
        <SeatGrid scene={scene} table={table} name={name} chosen={chosen} at={tapped} describe={describe} onToggle={onToggle} />
      )}
      <fieldset className={classes.zoom}>
        <legend className="visually-hidden">{t('map.zoom')}</legend>
        <button type="button" onClick={() => scene?.zoomBy(1)} disabled={zoom.atMost} aria-label={t('map.larger')}>
          <PlusIcon />
        </button>
        <button type="button" onClick={() => scene?.zoomBy(-1)} disabled={zoom.atLeast} aria-label={t('map.smaller')}>
          <MinusIcon />
        </button>
        <button type="button" onClick={() => scene?.showAll()} disabled={zoom.atLeast} aria-label={t('map.fit')}>
          <FitIcon />
        </button>
      </fieldset>
    </div>
  );
};
