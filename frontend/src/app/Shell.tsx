import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { type ComponentType, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useOnline } from '../lib/online';
import { hasRole, useSession } from '../lib/session';
import { signIn } from '../lib/signIn';
import { ChartIcon, CompassIcon, PersonIcon, ScanIcon, TicketIcon } from '../ui/icons';
import { Toasts } from '../ui/Toasts';
import { LanguageChoice, SchemeChoice } from './Choices';
import classes from './Shell.module.css';

/** The frame of every page: where one is, where one can go, and what concerns all. */
export const Shell = () => {
  const { t } = useTranslation();
  const online = useOnline();
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        {t('skip')}
      </a>
      <header className={classes.top}>
        <Link className={classes.brand} to="/">
          <img src="/favicon.svg" alt="" width={28} height={28} />
          <span translate="no">MyEvents</span>
        </Link>
        <Navigation />
        <div className={classes.tools}>
          <LanguageChoice />
          <SchemeChoice />
        </div>
      </header>
      {!online && (
        <p className={classes.offline} role="status">
          {t('offline')}
        </p>
      )}
      <Main />
      <footer className={classes.bottom}>
        <p>
          {t('footer.openSource')} <a href="/docs">{t('footer.api')}</a>
        </p>
      </footer>
      <Toasts />
    </div>
  );
};

/** Moves the focus to a new page, as a browser would on loading one. */
const Main = () => {
  const path = useLocation({ select: (l) => l.pathname });
  const ref = useRef<HTMLElement>(null);
  const shown = useRef(path);
  useEffect(() => {
    if (shown.current === path) return;
    shown.current = path;
    if (!ref.current?.contains(document.activeElement)) ref.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <main id="main" className={classes.main} ref={ref} tabIndex={-1}>
      <Outlet />
    </main>
  );
};

interface Place {
  to: '/' | '/bookings' | '/organise' | '/scan' | '/account';
  label: 'discover' | 'bookings' | 'organise' | 'scan' | 'account';
  Icon: ComponentType;
}

const Navigation = () => {
  const { t, i18n } = useTranslation();
  const { person } = useSession();
  const places: Place[] = [{ to: '/', label: 'discover', Icon: CompassIcon }];
  if (person) places.push({ to: '/bookings', label: 'bookings', Icon: TicketIcon });
  if (hasRole(person, 'organiser')) places.push({ to: '/organise', label: 'organise', Icon: ChartIcon });
  if (hasRole(person, 'staff', 'organiser')) places.push({ to: '/scan', label: 'scan', Icon: ScanIcon });
  if (person) places.push({ to: '/account', label: 'account', Icon: PersonIcon });
  return (
    <nav className={classes.nav} aria-label={t('nav.label')}>
      {places.map(({ to, label, Icon }) => (
        <Link
          key={to}
          to={to}
          className={classes.place}
          activeOptions={{ exact: to === '/', includeSearch: false }}
          activeProps={{ 'aria-current': 'page' }}
        >
          <Icon />
          <span>{t(`nav.${label}`)}</span>
        </Link>
      ))}
      {!person && (
        <button type="button" className={classes.place} onClick={() => void signIn(undefined, i18n.language)}>
          <PersonIcon />
          <span>{t('signIn.title')}</span>
        </button>
      )}
    </nav>
  );
};
