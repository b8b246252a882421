// Which money people use where, for offering it; any of these can be chosen. Elsewhere it is the euro.
const used: Record<string, string> = {
  AED: 'AE', ARS: 'AR', AUD: 'AU', BGN: 'BG', BHD: 'BH', BRL: 'BR', CAD: 'CA', CHF: 'CH LI', CLP: 'CL', CNY: 'CN', COP: 'CO',
  CZK: 'CZ', DKK: 'DK GL', DZD: 'DZ', EGP: 'EG', GBP: 'GB GG IM JE', HKD: 'HK', HUF: 'HU', IDR: 'ID', ILS: 'IL', INR: 'IN',
  ISK: 'IS', JOD: 'JO', JPY: 'JP', KES: 'KE', KRW: 'KR', KWD: 'KW', LBP: 'LB', MAD: 'MA', MXN: 'MX', MYR: 'MY', NGN: 'NG',
  NOK: 'NO', NZD: 'NZ', OMR: 'OM', PEN: 'PE', PHP: 'PH', PLN: 'PL', QAR: 'QA', RON: 'RO', SAR: 'SA', SEK: 'SE', SGD: 'SG',
  THB: 'TH', TND: 'TN', TRY: 'TR', TWD: 'TW', UAH: 'UA', USD: 'US PR EC SV', UYU: 'UY', VND: 'VN', ZAR: 'ZA',
}; // biome-ignore format: a table

/** ISO 4217 of the money of a country (ISO 3166-1 alpha-2). */
export const currencyIn = (country: string): string =>
  Object.entries(used).find(([, countries]) => countries.split(' ').includes(country))?.[0] ?? 'EUR';

/** What can be chosen, by name in a language; with the one that is in use already. */
export const currenciesIn = (locale: string, current: string): { code: string; name: string }[] => {
  const names = new Intl.DisplayNames(locale, { type: 'currency' });
  const order = new Intl.Collator(locale);
  return [...new Set(['EUR', current, ...Object.keys(used)])]
    .map((code) => ({ code, name: names.of(code) ?? code }))
    .sort((a, b) => order.compare(a.name, b.name));
};
