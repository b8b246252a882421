import classes from './Artwork.module.css';

/** A number that is always the same for the same text. */
const hash = (text: string): number => {
  let h = 2166136261;
  for (const c of text) h = Math.imul(h ^ (c.codePointAt(0) ?? 0), 16777619);
  return h >>> 0;
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
  const h = hash(seed);
  const hue = h % 360;
  return (
    <svg className={classes.artwork} viewBox="0 0 400 225" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      <rect width="400" height="225" fill={`hsl(${hue} 65% 34%)`} />
      {[0, 1, 2, 3, 4].map((i) => {
        const bits = (h >>> (i * 5)) & 31;
        return (
          <circle
            key={i}
            cx={20 + i * 90}
            cy={40 + bits * 5}
            r={50 + (bits % 7) * 14}
            fill={`hsl(${(hue + 30 + i * 24) % 360} 80% ${52 + i * 4}%)`}
            opacity="0.42"
          />
        );
      })}
    </svg>
  );
};
