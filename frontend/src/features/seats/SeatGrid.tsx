import { type KeyboardEvent, memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Scene } from './Scene';
import classes from './SeatMap.module.css';
import { cursorAt, type GridWindow, move, windowAround } from './seatMoves';
import { isFree, type SeatTable } from './seatTable';

interface Props {
  scene: Scene;
  table: SeatTable;
  name: string;
  chosen: ReadonlySet<number>;
  /** Where the keyboard begins; moves when seats are chosen otherwise. */
  at: number;
  describe: (seat: number) => string;
  onToggle: (seat: number) => void;
  /** The keyboard came, or went. */
  onFocus: (inside: boolean) => void;
}

/** The map for keyboard and screen reader: a grid of which only the cells around the focus are in the document. */
export const SeatGrid = ({ scene, table, name, chosen, at, describe, onToggle, onFocus }: Props) => {
  const { t } = useTranslation('seats');
  const [cursor, setCursor] = useState(() => cursorAt(scene.plan, at));
  const grid = useRef<HTMLTableElement>(null);
  const shown = useRef<GridWindow>(undefined);
  const seat = Math.min(cursor.seat, table.size - 1);
  shown.current = windowAround(table, seat, shown.current);
  const { firstRow, lastRow, firstColumn, lastColumn } = shown.current;

  useEffect(() => setCursor(cursorAt(scene.plan, at)), [scene, at]);

  useLayoutEffect(() => {
    if (!grid.current?.contains(document.activeElement)) return;
    const cell = grid.current.querySelector<HTMLElement>('[tabindex="0"]');
    if (cell !== document.activeElement) cell?.focus({ preventScroll: true });
    scene.focusOn(seat);
  }, [scene, seat]);

  const press = (e: KeyboardEvent) => {
    if (e.altKey || e.metaKey) return;
    const next = move(table, scene.plan, { seat, goal: cursor.goal }, e.key, e.ctrlKey);
    if (next) setCursor(next);
    else if (e.key === ' ' || e.key === 'Enter') onToggle(seat);
    else if (e.ctrlKey)
      return; // the browser's own zoom
    else if (e.key === '+' || e.key === '=') scene.zoomBy(1);
    else if (e.key === '-') scene.zoomBy(-1);
    else if (e.key === '0') scene.showAll();
    else return;
    e.preventDefault();
  };

  const rows = [];
  for (let r = firstRow; r <= lastRow; r += 1) {
    const row = table.rows[r];
    if (!row) continue;
    const current = table.rowOf[seat] === r ? seat : -1;
    rows.push(<Row key={r} {...{ table, chosen, describe, onToggle, firstColumn, lastColumn, current }} row={r} />);
  }
  return (
    <div className={classes.grid}>
      <table
        ref={grid}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table of controls is a grid
        role="grid"
        tabIndex={-1}
        aria-label={t('map.label', { name })}
        aria-description={t('map.keys')}
        aria-rowcount={table.rows.length}
        aria-colcount={table.widest}
        aria-multiselectable="true"
        onKeyDown={press}
        onFocus={() => {
          onFocus(true);
          scene.focusOn(seat);
        }}
        onBlur={(e) => {
          if (grid.current?.contains(e.relatedTarget)) return;
          onFocus(false);
          scene.focusOn(-1);
        }}
      >
        <tbody>{rows}</tbody>
      </table>
    </div>
  );
};

interface RowProps
  extends Pick<Props, 'table' | 'chosen' | 'describe' | 'onToggle'>,
    Pick<GridWindow, 'firstColumn' | 'lastColumn'> {
  row: number;
  /** The seat that has the focus, if it is in this row; else -1. */
  current: number;
}

const Row = memo(({ table, row: r, firstColumn, lastColumn, current, chosen, describe, onToggle }: RowProps) => {
  const row = table.rows[r];
  if (!row) return null;
  const cells = [];
  for (let c = firstColumn; c <= Math.min(lastColumn, row.count - 1); c += 1) {
    const i = row.start + c;
    cells.push(
      // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the grid's; a screen reader clicks
      <td
        key={c}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a cell of a grid
        role="gridcell"
        aria-colindex={c + 1}
        aria-selected={chosen.has(i)}
        aria-disabled={!isFree(table, i)}
        tabIndex={i === current ? 0 : -1}
        onClick={() => onToggle(i)}
      >
        {describe(i)}
      </td>,
    );
  }
  return <tr aria-rowindex={r + 1}>{cells}</tr>;
});
