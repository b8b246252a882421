import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { getMe } from '../api/gen/sdk.gen';
import { asProblem, type Problem } from '../lib/problem';
import type { Person, Role } from '../lib/session';
import { finishSignIn, signIn } from '../lib/signIn';
import { RoutePending } from './RouteStates';
import { SignInProblem } from './SignInProblem';

const fetchMe = async (): Promise<Person> => {
  const me = await getMe();
  return { id: me.id, email: me.email, name: me.name, roles: me.roles as Role[], organisations: me.organisations };
};

let finishing: Promise<string> | undefined; // a code can be used once, an effect may run twice

/** Where the issuer sends people back to. */
export const CallbackPage = () => {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    finishing ??= finishSignIn(fetchMe);
    finishing
      .then(
        (href) => {
          queries.clear();
          void navigate({ href, replace: true });
        },
        (thrown: unknown) => setProblem(asProblem(thrown)),
      )
      .finally(() => {
        finishing = undefined;
      });
  }, [navigate, queries]);
  return problem ? (
    <SignInProblem problem={problem} onRetry={() => void signIn('/', i18n.language)} />
  ) : (
    <RoutePending label={t('signIn.finishing')} />
  );
};
