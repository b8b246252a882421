import { type KeyboardEvent, memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Scene } from './Scene';
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
}

/** The map for keyboard and screen reader: a grid of which only the cells around the focus are in the document. */
export const SeatGrid = ({ scene, table, name, chosen, at, describe, onToggle }: Props) => {
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
    const cells = [];
    for (let c = firstColumn; c <= Math.min(lastColumn, row.count - 1); c += 1) {
      const i = row.start + c;
      cells.push(
        <Cell
          key={c}
          seat={i}
          column={c + 1}
          label={describe(i)}
          chosen={chosen.has(i)}
          free={isFree(table, i)}
          current={i === seat}
          onToggle={onToggle}
        />,
      );
    }
    rows.push(
      <tr key={r} aria-rowindex={r + 1}>
        {cells}
      </tr>,
    );
  }
  return (
    <div className="visually-hidden">
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
        onFocus={() => scene.focusOn(seat)}
        onBlur={(e) => {
          if (!grid.current?.contains(e.relatedTarget)) scene.focusOn(-1);
        }}
      >
        <tbody>{rows}</tbody>
      </table>
    </div>
  );
};

interface CellProps {
  seat: number;
  column: number;
  label: string;
  chosen: boolean;
  free: boolean;
  current: boolean;
  onToggle: (seat: number) => void;
}

const Cell = memo(({ seat, column, label, chosen, free, current, onToggle }: CellProps) => (
  // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the grid's; a screen reader clicks
  <td
    // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: as above
    role="gridcell"
    aria-colindex={column}
    aria-selected={chosen}
    aria-disabled={!free}
    tabIndex={current ? 0 : -1}
    onClick={() => onToggle(seat)}
  >
    {label}
  </td>
));
