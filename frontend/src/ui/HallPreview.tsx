import type { Section } from '../api/gen/types.gen';
import classes from './HallPreview.module.css';
import { drawHall } from './hallShape';

interface Props {
  sections: readonly Pick<Section, 'name' | 'kind' | 'capacity' | 'rows'>[];
  stage: string;
  /** With the sections' names. */
  named?: boolean;
}

/** A hall as it lies before the stage. A row is one line of dots, so that a large hall stays light. It decorates. */
export const HallPreview = ({ sections, stage, named = false }: Props) => {
  const hall = drawHall(sections);
  const letter = Math.max(1.2, hall.width / 26);
  const stageHeight = letter * 2;
  return (
    <svg
      className={classes.hall}
      viewBox={`-1 ${-stageHeight - 2} ${hall.width + 2} ${hall.height + stageHeight + 3 + (named ? letter * 1.4 : 0)}`}
      aria-hidden="true"
    >
      <path
        className={classes.stage}
        d={`M${hall.width * 0.2} ${-stageHeight - 1} H${hall.width * 0.8} L${hall.width * 0.74} -2.2 Q${hall.width / 2} -1 ${hall.width * 0.26} -2.2 Z`}
      />
      {named && (
        <text className={classes.stageName} x={hall.width / 2} y={-stageHeight / 2 - 1} fontSize={letter}>
          {stage}
        </text>
      )}
      {hall.sections.map((s, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: sections have no other identity here
        <g key={i}>
          {s.kind === 'standing' && (
            <rect className={classes.standing} x={s.x} y={s.y} width={s.width} height={s.height} rx="1" />
          )}
          {s.rows.map((r, j) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: nor have rows
            <g key={j}>
              <line
                className={classes.row}
                x1={r.x + 0.5}
                x2={r.x + r.seats - 0.499}
                y1={r.y + 0.5}
                y2={r.y + 0.5}
                strokeWidth="0.72"
                strokeDasharray="0 1"
              />
              {r.accessible.map((n) => (
                <rect
                  key={n}
                  className={classes.accessible}
                  x={r.x + n - 0.92}
                  y={r.y + 0.08}
                  width="0.84"
                  height="0.84"
                  rx="0.15"
                />
              ))}
            </g>
          ))}
          {named && (
            <text
              className={s.kind === 'standing' ? classes.standingName : classes.name}
              x={s.x + s.width / 2}
              y={s.kind === 'standing' ? s.y + s.height / 2 + letter / 3 : s.y + s.height + letter}
              fontSize={letter}
              textLength={s.name.length * letter * 0.6 > s.width ? s.width : undefined}
              lengthAdjust="spacingAndGlyphs"
            >
              {s.name}
            </text>
          )}
        </g>
      ))}
    </svg>
  );
};
