import { Button } from '@mantine/core';
import { useLocation } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOnline } from '../lib/online';
import { asProblem, type Problem } from '../lib/problem';
import { hasRole, type Role, useSession } from '../lib/session';
import { signIn } from '../lib/signIn';
import { Dialog } from '../ui/Dialog';
import { Message } from '../ui/Message';
import { RoutePending } from './RouteStates';
import { SignInProblem } from './SignInProblem';

/** Pages that have what they show on the device too. */
const keeping = /^\/(?:bookings|scan)(?:[/?]|$)/;

const patience = 5_000; // milliseconds for the issuer to answer, before such a page shows what it has

/**
 * Shows its page to people who are signed in with one of the roles. Whoever has no token is taken to the issuer and back;
 * without a network, whoever this browser remembers sees what is kept on the device. Such a page stays when the network is back,
 * since a ticket that is being shown at a door must not go away: it asks to sign in.
 */
export const RequireSession = ({ roles, children }: { roles: Role[]; children: ReactNode }) => {
  const { t, i18n } = useTranslation();
  const session = useSession();
  const online = useOnline();
  const here = useLocation({ select: (l) => l.href });
  const [problem, setProblem] = useState<Problem>();
  const [asked, setAsked] = useState(0);
  const [device, setDevice] = useState(false);
  const kept = session.person !== undefined && keeping.test(here);
  const leaving = session.status === 'out' || session.status === 'remembered';

  // biome-ignore lint/correctness/useExhaustiveDependencies: once per visit and per press of the button
  useEffect(() => {
    if (!leaving || device) return;
    if (session.person && !online) return setDevice(kept);
    setProblem(undefined);
    const waited = kept ? setTimeout(() => setDevice(true), patience) : undefined;
    signIn(here, i18n.language).catch((thrown: unknown) => {
      const found = asProblem(thrown);
      setProblem(found);
      if (kept && found.passing) setDevice(true);
    });
    return () => clearTimeout(waited);
  }, [leaving, online, asked]);

  if (session.status === 'leaving') return <RoutePending label={t('signIn.leaving')} />;
  const again = () => setAsked((n) => n + 1);
  if (leaving && !device && !(session.person && !online)) {
    return problem ? <SignInProblem problem={problem} onRetry={again} /> : <RoutePending label={t('signIn.going')} />;
  }
  if (roles.length > 0 && !hasRole(session.person, ...roles)) {
    return (
      <Message title={t('signIn.notAllowed')} text={t('signIn.notAllowedText', { email: session.person?.email })}>
        <Button onClick={() => void signIn(here, i18n.language)} variant="default">
          {t('signIn.other')}
        </Button>
      </Message>
    );
  }
  return (
    <>
      {children}
      <Dialog open={session.status === 'expired'} title={t('signIn.expired')}>
        <p>{t('signIn.expiredText')}</p>
        <Button fullWidth onClick={() => void signIn(here, i18n.language)}>
          {t('signIn.again')}
        </Button>
      </Dialog>
    </>
  );
};
