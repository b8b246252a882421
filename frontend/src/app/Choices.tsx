import { useTranslation } from 'react-i18next';
import { changeLanguage, isLanguage, languages } from '../lib/i18n';
import { chooseScheme, useScheme } from '../lib/scheme';
import { MoonIcon, SunIcon } from '../ui/icons';
import classes from './Choices.module.css';

export const LanguageChoice = () => {
  const { t, i18n } = useTranslation();
  return (
    <select
      className={classes.choice}
      aria-label={t('language')}
      value={i18n.language}
      onChange={(e) => {
        if (isLanguage(e.target.value)) void changeLanguage(e.target.value);
      }}
    >
      {Object.entries(languages).map(([code, name]) => (
        <option key={code} value={code} lang={code}>
          {name}
        </option>
      ))}
    </select>
  );
};

export const SchemeChoice = () => {
  const { t } = useTranslation();
  useScheme();
  const dark = document.documentElement.dataset.mantineColorScheme === 'dark';
  return (
    <button
      type="button"
      className={classes.button}
      aria-label={t(dark ? 'scheme.light' : 'scheme.dark')}
      onClick={() => chooseScheme(dark ? 'light' : 'dark')}
    >
      {dark ? <SunIcon /> : <MoonIcon />}
    </button>
  );
};
