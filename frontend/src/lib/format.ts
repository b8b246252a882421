import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Money } from '../api/gen/types.gen';

// Making a formatter costs a phone a millisecond and more, using one nothing.
type Formatter = Intl.NumberFormat | Intl.DateTimeFormat | Intl.ListFormat;

const made = new Map<string, Formatter>();

const once = <F extends Formatter, O>(
  kind: new (locale: string | undefined, options: O) => F,
  locale: string | undefined,
  options: O,
): F => {
  const key = `${kind.name} ${locale} ${JSON.stringify(options)}`;
  const formatter = (made.get(key) as F | undefined) ?? new kind(locale, options);
  made.set(key, formatter);
  return formatter;
};

const numbers = (locale: string | undefined, options: Intl.NumberFormatOptions) => once(Intl.NumberFormat, locale, options);
const lists = (locale: string) => once(Intl.ListFormat, locale, { type: 'conjunction' as const });
const dates = (locale: string | undefined, options: Intl.DateTimeFormatOptions) => once(Intl.DateTimeFormat, locale, options);

const digitsOf = (currency: string): number =>
  numbers('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** An amount in minor units: 4500 is 45.00 EUR, and 4500 JPY. */
export const formatMoney = ({ amount, currency }: Money, locale?: string): string =>
  numbers(locale, { style: 'currency', currency }).format(amount / 10 ** digitsOf(currency));

/** Minor units of what a person typed as an amount, "12.5" or "12,50"; undefined where it is none. */
export const parseAmount = (text: string, currency: string): number | undefined => {
  const digits = digitsOf(currency);
  const match = /^\s*(\d{1,9})(?:[.,](\d+))?\s*$/.exec(text);
  if (!match || (match[2]?.length ?? 0) > digits) return undefined;
  return Number(match[1]) * 10 ** digits + Number((match[2] ?? '').padEnd(digits, '0') || 0);
};

/** An amount as it is typed into a field: "12.50". */
export const amountText = ({ amount, currency }: Money): string => {
  const digits = digitsOf(currency);
  const text = String(amount).padStart(digits + 1, '0');
  return digits ? `${text.slice(0, -digits)}.${text.slice(-digits)}` : text;
};

const whenOptions = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
} as const satisfies Intl.DateTimeFormatOptions;

/** The wall clock of a zone, with the zone's name: what is printed on a ticket. */
export const formatWhen = (iso: string, timeZone: string, locale?: string): string =>
  dates(locale, { ...whenOptions, timeZoneName: 'short', timeZone }).format(new Date(iso));

/** The day alone. */
export const formatDay = (iso: string, timeZone: string, locale?: string): string =>
  dates(locale, { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', timeZone }).format(new Date(iso));

/** The time of day alone. */
export const formatTime = (iso: string, timeZone: string, locale?: string): string =>
  dates(locale, { hour: 'numeric', minute: '2-digit', timeZone }).format(new Date(iso));

/** A leaf of the calendar: the day's number and the month, for a venue's zone. */
export const formatLeaf = (iso: string, timeZone: string, locale?: string): { day: string; month: string } => {
  const part = (options: Intl.DateTimeFormatOptions) => dates(locale, { ...options, timeZone }).format(new Date(iso));
  return { day: part({ day: 'numeric' }), month: part({ month: 'short' }) };
};

/** The same moment on the viewer's clock; undefined where it shows the same time. */
export const formatViewerWhen = (iso: string, timeZone: string, viewerZone: string, locale?: string): string | undefined => {
  const clock = (zone: string) =>
    dates(locale, { weekday: 'short', hour: 'numeric', minute: '2-digit', timeZone: zone }).format(new Date(iso));
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

/** The browser's own variant of a language, en-GB for en, where it has one. */
export const localeOf = (language: string): string =>
  navigator.languages?.find((l) => l === language || l.startsWith(`${language}-`)) ?? language;

/** The same, in the language that the page is in. */
export interface Format {
  locale: string;
  money(money: Money): string;
  number(value: number): string;
  percent(share: number): string;
  list(parts: string[]): string;
  when(iso: string, timeZone: string): string;
  day(iso: string, timeZone: string): string;
  time(iso: string, timeZone: string): string;
  leaf(iso: string, timeZone: string): { day: string; month: string };
  viewerWhen(iso: string, timeZone: string): string | undefined;
  country(code: string): string;
}

export const formatIn = (locale: string): Format => ({
  locale,
  money: (money) => formatMoney(money, locale),
  number: (value) => numbers(locale, {}).format(value),
  percent: (share) => numbers(locale, { style: 'percent', maximumFractionDigits: 0 }).format(share),
  list: (parts) => lists(locale).format(parts),
  when: (iso, timeZone) => formatWhen(iso, timeZone, locale),
  day: (iso, timeZone) => formatDay(iso, timeZone, locale),
  time: (iso, timeZone) => formatTime(iso, timeZone, locale),
  leaf: (iso, timeZone) => formatLeaf(iso, timeZone, locale),
  viewerWhen: (iso, timeZone) => formatViewerWhen(iso, timeZone, viewerZone(), locale),
  country: (code) => formatCountry(code, locale),
});

export const useFormat = (): Format => {
  const { i18n } = useTranslation();
  return useMemo(() => formatIn(localeOf(i18n.language)), [i18n.language]);
};
