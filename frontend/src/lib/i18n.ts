import i18next, { type BackendModule } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { readStored, writeStored } from './storage';

/** The app's languages by BCP 47 code, each called as its speakers call it. */
export const languages = {
  en: 'English',
  es: 'Español',
  fr: 'Français',
  de: 'Deutsch',
  pt: 'Português',
  ar: 'العربية',
} as const;

export type Language = keyof typeof languages;

export const isLanguage = (code: string | undefined): code is Language => !!code && Object.hasOwn(languages, code);

export const directionOf = (language: string): 'ltr' | 'rtl' => (language === 'ar' ? 'rtl' : 'ltr');

const storedLanguage = 'language';

/** What was chosen here, else the first of the browser's languages that the app speaks. */
export const preferredLanguage = (): Language => {
  const chosen = readStored<string>(storedLanguage);
  if (isLanguage(chosen)) return chosen;
  return navigator.languages.map((l) => l.split('-')[0]).find(isLanguage) ?? 'en';
};

const files = import.meta.glob<Record<string, unknown>>('../locales/*/*.json', { import: 'default' });

// Each language's texts of each feature are a file of their own: a page loads what it shows.
const backend: BackendModule = {
  type: 'backend',
  init: () => {},
  read: (language, namespace, done) => {
    const load = files[`../locales/${language}/${namespace}.json`];
    if (!load) return done(new Error(`no texts ${language}/${namespace}`), false);
    load().then(
      (texts) => done(null, texts),
      (reason: unknown) => done(reason instanceof Error ? reason : new Error(String(reason)), true),
    );
  },
};

const mark = (language: string) => {
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
};

/** Loads the common texts of a language and makes it the page's. */
export const startI18n = async (language: Language = preferredLanguage()): Promise<void> => {
  mark(language);
  if (i18next.isInitialized) return void (await i18next.changeLanguage(language));
  await i18next
    .use(backend)
    .use(initReactI18next)
    .init({
      lng: language,
      supportedLngs: Object.keys(languages),
      fallbackLng: false, // a test sees to it that nothing is missing
      ns: ['common'],
      defaultNS: 'common',
      fallbackNS: 'common',
      interpolation: { escapeValue: false }, // React escapes
      returnNull: false,
      cacheInBuiltFormats: true,
    });
};

export const loadTexts = async (...namespaces: string[]): Promise<void> => {
  await i18next.loadNamespaces(namespaces);
};

export const changeLanguage = async (language: Language): Promise<void> => {
  writeStored(storedLanguage, language);
  await i18next.changeLanguage(language);
  mark(language);
};
