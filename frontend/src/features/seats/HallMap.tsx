import { type CSSProperties, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './HallMap.module.css';
import { type Front, type HallPlan, type Point, type Shape, shortName } from './hallBands';
import { planHall } from './hallPlan';
import type { SectionView } from './sections';
import { useWords } from './words';

interface Props {
  sections: SectionView[];
  front: Front;
  /** How many places of a section are chosen. */
  chosenIn: (sectionId: string) => number;
  onOpen: (sectionId: string) => void;
}

const percent = (share: number) => `${Math.round(share * 1e5) / 1e3}%`;
const share = (part: number, whole: number) => percent(part / whole);

/** The hall from above: every section a button of its own shape. It lies the same way in every language. */
export const HallMap = ({ sections, front, chosenIn, onOpen }: Props) => {
  const { t } = useTranslation('seats');
  const hatch = useId();
  const host = useRef<HTMLDivElement>(null);
  const [pixels, setPixels] = useState(0);
  const outlines = JSON.stringify(sections.map((s) => [s.id, s.name, s.kind, s.capacity, s.rows.map((r) => r.seats)]));
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is sold changes every second, the hall does not
  const plan = useMemo(() => planHall(sections, front), [outlines, front]);
  useEffect(() => {
    if (!host.current) return;
    const element = host.current;
    const observer = new ResizeObserver(() => setPixels(element.clientWidth));
    observer.observe(element);
    setPixels(element.clientWidth);
    return () => observer.disconnect();
  }, []);
  const { front: stage } = plan;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset has no aspect ratio
    <div
      ref={host}
      className={classes.hall}
      style={{
        aspectRatio: `${plan.width} / ${plan.height}`,
        maxWidth: `max(36rem, min(60rem, ${Math.round((82 * plan.width) / plan.height)}dvh))`,
      }}
      dir="ltr"
      role="group"
      aria-label={t('overview.map')}
    >
      <svg className={classes.patterns} aria-hidden="true">
        <pattern id={hatch} width="9" height="9" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="9" height="9" className={classes.hatchGround} />
          <rect width="2" height="9" className={classes.hatchLine} />
        </pattern>
      </svg>
      <span
        className={classes.front}
        data-round={stage.round}
        dir="auto"
        style={{
          insetInlineStart: share(stage.x, plan.width),
          insetBlockStart: share(stage.y, plan.height),
          width: share(stage.width, plan.width),
          height: share(stage.height, plan.height),
        }}
      >
        {t(`front.${stage.kind}`)}
      </span>
      {plan.shapes.map((shape) => {
        const section = sections.find((s) => s.id === shape.id);
        return (
          section && (
            <SectionShape
              key={shape.id}
              shape={shape}
              plan={plan}
              section={section}
              scale={pixels / plan.width}
              hatch={hatch}
              chosen={chosenIn(section.id)}
              onOpen={onOpen}
            />
          )
        );
      })}
    </div>
  );
};

interface ShapeProps {
  shape: Shape;
  plan: HallPlan;
  section: SectionView;
  /** Pixels per unit of the plan; 0 while unknown. */
  scale: number;
  hatch: string;
  chosen: number;
  onOpen: (sectionId: string) => void;
}

const letter = 8.2; // pixels of a letter, with some to spare
const line = 19;

const SectionShape = ({ shape, plan, section, scale, hatch, chosen, onOpen }: ShapeProps) => {
  const { t } = useTranslation('seats');
  const words = useWords();
  const closed = section.state === 'soldOut' || section.state === 'notOnSale';
  const [spot] = shape.labels;
  const room = { width: (spot?.width ?? 0) * scale - 6, height: (spot?.height ?? 0) * scale - 2 };
  const fits = (text: string, lines = 1) => !scale || (text.length * letter <= room.width && lines * line <= room.height);
  const name = [section.name, shortName(section.name)].find((n) => fits(n));
  const left = chosen > 0 ? t('section.chosen', { count: chosen }) : words.left(section);
  const price = words.price(section);
  const more = [price, left].filter(Boolean);
  const lines =
    name && fits(name, 1 + more.length) && more.every((m) => fits(m)) ? more : name && left && fits(left, 2) ? [left] : [];
  const label = [words.section(section), chosen > 0 && t('section.chosen', { count: chosen })].filter(Boolean).join(t('comma'));
  const open = () => {
    if (!closed) onOpen(section.id);
  };
  return (
    <div
      className={classes.section}
      data-tier={section.tier}
      data-state={section.state}
      data-chosen={chosen > 0}
      data-closed={closed}
      title={name === section.name ? undefined : section.name}
    >
      {shape.parts.map((part, i) => {
        const box = around(part);
        const inner = ([x, y]: Point): Point => [((x - box.x) / box.width) * 100, ((y - box.y) / box.height) * 100];
        const place: CSSProperties = {
          insetInlineStart: share(box.x, plan.width),
          insetBlockStart: share(box.y, plan.height),
          width: share(box.width, plan.width),
          height: share(box.height, plan.height),
          clipPath: `polygon(${part
            .map((p) =>
              inner(p)
                .map((n) => percent(n / 100))
                .join(' '),
            )
            .join(', ')})`,
        };
        const drawn = (
          <>
            <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
              <path
                className={classes.outline}
                vectorEffect="non-scaling-stroke"
                d={`M${part.map((p) => inner(p).join(' ')).join('L')}Z`}
                {...(closed && { style: { fill: `url(#${hatch})` } })}
              />
            </svg>
            {name &&
              shape.labels.filter(within(box)).map((l) => {
                const [x, y] = inner([l.x, l.y]);
                return (
                  <span
                    key={l.x}
                    className={classes.name}
                    dir="auto"
                    aria-hidden="true"
                    style={{ insetInlineStart: percent(x / 100), insetBlockStart: percent(y / 100) }}
                  >
                    <b>{name}</b>
                    {lines.map((text) => (
                      <span key={text}>{text}</span>
                    ))}
                  </span>
                );
              })}
          </>
        );
        // A section in several parts is one button to who cannot see it, and the others are for the pointer.
        return i === 0 ? (
          <button key={box.x} type="button" className={classes.part} style={place} aria-disabled={closed} onClick={open}>
            <span className="visually-hidden">{label}</span>
            {drawn}
          </button>
        ) : (
          <button
            key={box.x}
            type="button"
            className={classes.part}
            style={place}
            tabIndex={-1}
            aria-hidden="true"
            onClick={open}
          >
            {drawn}
          </button>
        );
      })}
    </div>
  );
};

type Box = ReturnType<typeof around>;

const within = (box: Box) => (spot: { x: number; y: number }) =>
  spot.x >= box.x && spot.x <= box.x + box.width && spot.y >= box.y && spot.y <= box.y + box.height;

const around = (points: Point[]) => {
  const xs = points.map((p) => p[0]);
  const ys = points.map((p) => p[1]);
  const x = Math.min(...xs);
  const y = Math.min(...ys);
  return { x, y, width: Math.max(1, Math.max(...xs) - x), height: Math.max(1, Math.max(...ys) - y) };
};
