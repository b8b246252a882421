import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FitIcon, MinusIcon, PlusIcon } from '../../ui/icons';
import { listen } from './gestures';
import { Scene } from './Scene';
import { SeatGrid } from './SeatGrid';
import classes from './SeatMap.module.css';
import { planOf } from './seatPlan';
import type { SeatTable } from './seatTable';
import { useWords } from './words';

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
  legend: ReactNode;
  describe: (seat: number) => string;
  /** The same without the section's name, for the label beside the mouse. */
  short: (seat: number) => string;
  onToggle: (seat: number) => void;
}

const em = 16; // pixels; half of the label beside the mouse takes 8.5 at most

/** The picture of a section's seats, with the grid that keyboards and screen readers use in its stead. */
export const SeatMap = ({
  name,
  table,
  tier,
  front,
  chosen,
  accessibleOnly,
  look,
  at,
  legend,
  describe,
  short,
  onToggle,
}: Props) => {
  const { t } = useTranslation('seats');
  const words = useWords();
  const host = useRef<HTMLDivElement>(null);
  const seats = useRef<HTMLCanvasElement>(null);
  const marks = useRef<HTMLCanvasElement>(null);
  const [scene, setScene] = useState<Scene>();
  const [zoom, setZoom] = useState({ atLeast: true, atMost: false });
  const [hover, setHover] = useState({ seat: -1, x: 0, y: 0 });
  const [tapped, setTapped] = useState(at);
  const [focused, setFocused] = useState(false);
  const ratio = useMemo(() => {
    const { width, height } = planOf(table);
    return `${width} / ${height}`;
  }, [table]);
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

  useEffect(() => scene?.dress({ front, accessibleOnly, numeral: words.number }), [scene, front, accessibleOnly, words]);
  useEffect(() => scene?.choose(chosen), [scene, chosen]);
  useEffect(() => scene?.show(table), [scene, table]);
  useEffect(() => scene?.lookAt(look), [scene, look]);
  useEffect(() => setTapped(at), [at]);

  return (
    <div className={classes.frame} data-tier={tier}>
      {/* Left is left in every language: the hall is not mirrored. */}
      <div
        ref={host}
        className={classes.map}
        style={{ aspectRatio: ratio }}
        dir="ltr"
        data-fit={zoom.atLeast}
        data-focus={focused}
        data-pointing={hover.seat >= 0}
      >
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
            style={{
              translate: `${Math.round(Math.max(8.5 * em, Math.min((host.current?.clientWidth ?? 0) - 8.5 * em, hover.x)))}px ${Math.round(hover.y)}px`,
            }}
          >
            <span>{short(hover.seat)}</span>
          </p>
        )}
      </div>
      {scene && (
        <SeatGrid
          scene={scene}
          table={table}
          name={name}
          chosen={chosen}
          at={tapped}
          describe={describe}
          onToggle={onToggle}
          onFocus={setFocused}
        />
      )}
      <div className={classes.below}>
        {legend}
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
    </div>
  );
};
