import classes from './Artwork.module.css';

type Scene = [ground: string, glow: string, ...lights: string[]];

/** Evenings with lights out of focus. */
const scenes: [Scene, ...Scene[]] = [
  ['#2b1030', '#5b1d4b', '#ff8fb1', '#ffc56b', '#f2ecf7'],
  ['#101a3a', '#23407a', '#7fb2ff', '#9be7c4', '#ffe3a3'],
  ['#06292e', '#0f5257', '#6fe0d0', '#ffd479', '#ff9d94'],
  ['#33120c', '#7a2a1a', '#ffb26b', '#ffd9a0', '#ff8fb1'],
  ['#1d1a33', '#443a78', '#b9a7ff', '#ffcf8a', '#8fd8ff'],
];

const spots = Array.from({ length: 16 }, (_, i) => i);

/** Numbers below a bound that are always the same for the same text (mulberry32, seeded by FNV-1a). */
const picker = (text: string) => {
  let state = 2166136261;
  for (const c of text) state = Math.imul(state ^ (c.codePointAt(0) ?? 0), 16777619);
  return (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let n = Math.imul(state ^ (state >>> 15), 1 | state);
    n = (n + Math.imul(n ^ (n >>> 7), 61 | n)) ^ n;
    return ((n ^ (n >>> 14)) >>> 0) % bound;
  };
};

interface Props {
  seed: string;
  src?: string | undefined;
  /** The largest picture of the page, which nothing should wait for. */
  eager?: boolean;
}

/** An event's picture, or a drawing of its own where there is none. It decorates: the text beside it says everything. */
export const Artwork = ({ seed, src, eager = false }: Props) => {
  if (src)
    return (
      <img
        className={classes.artwork}
        src={src}
        alt=""
        loading={eager ? 'eager' : 'lazy'}
        fetchPriority={eager ? 'high' : 'auto'}
        decoding="async"
        width={400}
        height={225}
      />
    );
  const pick = picker(seed);
  const [ground, glow, ...lights] = scenes[pick(scenes.length)] ?? scenes[0];
  return (
    <svg className={classes.artwork} viewBox="0 0 400 225" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="400" height="225" fill={ground} />
      <circle cx={60 + pick(280)} cy={pick(160)} r={140 + pick(60)} fill={glow} opacity="0.75" />
      {spots.map((i) => {
        const light = lights[pick(lights.length)];
        const ring = pick(3) === 0;
        return (
          <circle
            key={i}
            cx={pick(420) - 10}
            cy={pick(245) - 10}
            r={ring ? 10 + pick(34) : 6 + pick(44)}
            {...(ring
              ? { fill: 'none', stroke: light, strokeWidth: 1.5, opacity: 0.7 }
              : { fill: light, opacity: 0.14 + pick(26) / 100 })}
          />
        );
      })}
    </svg>
  );
};
