/** Named spans of days, counted from today on the viewer's calendar. */
export const spans = ['today', 'weekend', 'week', 'month'] as const;
export type Span = (typeof spans)[number];

/** What the address of the list says, so that a search can be shared and gone back to. */
export interface DiscoverSearch {
  q?: string;
  category?: string;
  country?: string;
  city?: string;
  /** "latitude,longitude" */
  near?: string;
  radiusKm?: number;
  when?: Span;
  /** Days, "2027-05-01"; not with when. */
  from?: string;
  to?: string;
  /** In whole units of the event's currency. */
  price?: number;
  seats?: number;
}

const day = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const place = /^-?\d{1,2}(\.\d+)?,-?\d{1,3}(\.\d+)?$/;

const text = (value: unknown, most: number): string | undefined => {
  const t = typeof value === 'string' || typeof value === 'number' ? String(value).slice(0, most) : '';
  return t.trim() ? t : undefined;
};
const matching = (value: unknown, pattern: RegExp): string | undefined =>
  typeof value === 'string' && pattern.test(value) ? value : undefined;
const whole = (value: unknown, most: number): number | undefined => {
  const n = Number(value);
  return Number.isInteger(n) && n >= 1 && n <= most ? n : undefined;
};

/** Reads an address; what makes no sense is left out, so that an old or mistyped link still shows something. */
export const parseDiscover = (search: Record<string, unknown>): DiscoverSearch => {
  const when = spans.find((s) => s === search.when);
  const near = matching(search.near, place);
  const all: { [K in keyof DiscoverSearch]: DiscoverSearch[K] | undefined } = {
    q: text(search.q, 200),
    category: matching(search.category, /^[a-z]{1,32}$/),
    country: matching(search.country, /^[A-Z]{2}$/),
    city: text(search.city, 200),
    near,
    radiusKm: near ? whole(search.radiusKm, 20_000) : undefined,
    when,
    from: when ? undefined : matching(search.from, day),
    to: when ? undefined : matching(search.to, day),
    price: whole(search.price, 1_000_000),
    seats: whole(search.seats, 1_000),
  };
  return Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined)) as DiscoverSearch;
};

const dayText = (d: Date): string =>
  `${d.getFullYear()}-${String(d.getMonth() + 1).padStart(2, '0')}-${String(d.getDate()).padStart(2, '0')}`;

const daysFrom = (d: Date, days: number): Date => new Date(d.getFullYear(), d.getMonth(), d.getDate() + days);

/** The first and last day of a span; a weekend that has begun goes on. */
export const daysOf = (span: Span, today: Date): { from?: string; to: string } => {
  switch (span) {
    case 'today':
      return { to: dayText(today) };
    case 'week':
      return { to: dayText(daysFrom(today, 6)) };
    case 'month':
      return { to: dayText(daysFrom(today, 29)) };
    case 'weekend': {
      const weekday = today.getDay();
      if (weekday === 0) return { to: dayText(today) };
      return { ...(weekday < 6 && { from: dayText(daysFrom(today, 6 - weekday)) }), to: dayText(daysFrom(today, 7 - weekday)) };
    }
  }
};

/** What the API is asked. A price is taken for one in hundredths, which most currencies have. */
export const questionOf = (s: DiscoverSearch, today: Date) => {
  const { when, price, ...same } = s;
  return { ...same, ...(when && daysOf(when, today)), ...(price && { priceMax: price * 100 }) };
};

/** How many filters are set beside the words and the category, which are always in view. */
export const filtersIn = (s: DiscoverSearch): number =>
  [s.city, s.country, s.near, s.when ?? s.from ?? s.to, s.price, s.seats].filter((v) => v !== undefined).length;

/** The same search with less in it. */
export const without = (s: DiscoverSearch, ...keys: (keyof DiscoverSearch)[]): DiscoverSearch =>
  Object.fromEntries(Object.entries(s).filter(([k]) => !keys.includes(k as keyof DiscoverSearch))) as DiscoverSearch;

export const isHome = (s: DiscoverSearch): boolean => Object.keys(s).length === 0;
