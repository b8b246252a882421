// What <input type="datetime-local"> says, "2031-06-01T20:00", is a wall clock's time. Here it hangs in the venue.

const minute = 60_000;
const day = 24 * 60 * minute;

const clocks = new Map<string, Intl.DateTimeFormat>();

const clockOf = (timeZone: string): Intl.DateTimeFormat => {
  let clock = clocks.get(timeZone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    });
    clocks.set(timeZone, clock);
  }
  return clock;
};

const wallAt = (instant: number, timeZone: string): string => {
  const part = Object.fromEntries(
    clockOf(timeZone)
      .formatToParts(instant)
      .map((p) => [p.type, p.value]),
  );
  return `${(part.year ?? '').padStart(4, '0')}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
};

/** What a clock of the zone shows at an instant (ISO 8601), to the minute: "2031-06-01T21:00". */
export const wallClock = (iso: string, timeZone: string): string => wallAt(Date.parse(iso), timeZone);

/** A wall clock's time as an instant: what it is, or that clocks skip it (spring) or show it twice (autumn). */
export interface Instant {
  /** ISO 8601, UTC. Where clocks skip the time, the moment as far after the jump; where they show it twice, the first. */
  iso: string;
  kind: 'once' | 'skipped' | 'twice';
}

const shape = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)/;

/** The instant at which a clock of the zone shows a time; undefined for what is no time. */
export const instantOf = (wall: string, timeZone: string): Instant | undefined => {
  const match = shape.exec(wall);
  if (!match) return undefined;
  const asUtc = Date.parse(`${match[0]}:00Z`);
  if (!Number.isFinite(asUtc)) return undefined;
  // Zones change their clocks less than once a day: the offsets a day before and after are all that can apply.
  const offsetAt = (t: number): number => Date.parse(`${wallAt(t, timeZone)}:00Z`) - t;
  const before = offsetAt(asUtc - day);
  const after = offsetAt(asUtc + day);
  const fitting = [...new Set([before, after])]
    .map((offset) => asUtc - offset)
    .filter((t) => wallAt(t, timeZone) === match[0])
    .sort((a, b) => a - b);
  const [first] = fitting;
  const iso = new Date(first ?? asUtc - before).toISOString();
  return { iso, kind: first === undefined ? 'skipped' : fitting.length > 1 ? 'twice' : 'once' };
};

/** A wall clock's time moved by minutes, as if clocks never changed: for offering a time that a person then sees. */
export const wallPlus = (wall: string, minutes: number): string => {
  const at = shape.test(wall) ? Date.parse(`${wall}:00Z`) : Number.NaN;
  return Number.isFinite(at) ? new Date(at + minutes * minute).toISOString().slice(0, 16) : '';
};
