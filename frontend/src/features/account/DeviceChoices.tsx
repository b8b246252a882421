import { NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { changeLanguage, isLanguage, languages } from '../../lib/i18n';
import { chooseScheme, type Scheme, useScheme } from '../../lib/scheme';
import classes from './AccountPage.module.css';

const schemes: Scheme[] = ['auto', 'light', 'dark'];

/** How the app looks in this browser; it is remembered here. */
export const DeviceChoices = () => {
  const { t, i18n } = useTranslation('account');
  const chosen = useScheme();
  return (
    <section className={classes.card} aria-labelledby="device">
      <h2 id="device">{t('device.title')}</h2>
      <div className={classes.form}>
        <NativeSelect
          label={t('device.language')}
          value={i18n.language}
          onChange={(e) => {
            if (isLanguage(e.currentTarget.value)) void changeLanguage(e.currentTarget.value);
          }}
        >
          {Object.entries(languages).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </NativeSelect>
        <fieldset className={classes.schemes}>
          <legend>{t('device.scheme')}</legend>
          {schemes.map((scheme) => (
            <label key={scheme}>
              <input
                type="radio"
                name="scheme"
                value={scheme}
                checked={chosen === scheme}
                onChange={() => chooseScheme(scheme)}
              />
              <span>{t(`device.${scheme}`)}</span>
            </label>
          ))}
        </fieldset>
      </div>
    </section>
  );
};
