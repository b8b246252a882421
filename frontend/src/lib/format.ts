export interface Money {
  /** Minor units: 4500 is 45.00 EUR, and 4500 JPY. */
  amount: number;
  currency: string;
}

export const formatMoney = ({ amount, currency }: Money, locale?: string): string => {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
};

/** The wall clock of a zone, with the zone's name: what is printed on a ticket. */
export const formatWhen = (iso: string, timeZone: string, locale?: string): string =>
  new Intl.DateTimeFormat(locale, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    timeZone,
  }).format(new Date(iso));

/** The same moment on the viewer's clock; undefined where it shows the same time. */
export const formatViewerWhen = (iso: string, timeZone: string, viewerZone: string, locale?: string): string | undefined => {
  const clock = (zone: string) =>
    new Intl.DateTimeFormat(locale, { weekday: 'short', hour: '2-digit', minute: '2-digit', timeZone: zone }).format(
      new Date(iso),
    );
  const viewer = clock(viewerZone);
  return viewer === clock(timeZone) ? undefined : viewer;
};

export const viewerZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The name of a country in the viewer's language; the code itself where it is unknown. */
export const formatCountry = (code: string, locale?: string): string => {
  try {
    return new Intl.DisplayNames(locale, { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
};
