import type { UserManager } from 'oidc-client-ts';
import { Problem } from './problem';
import { forgetPurchases } from './purchase';
import { currentSession, type Person, sessionExpired, setToken, signedIn, signingOut } from './session';
import { shelf } from './storage';

/** Where to sign in: /config.json, written by the server, or by the deployment to AWS. */
interface Config {
  /** Absent: this origin. */
  issuer?: string;
  clientId: string;
  /** Cognito knows no offline_access, and gives refresh tokens without. */
  scope?: string;
  /** Which token the API takes; Cognito's access tokens carry no e-mail address. */
  bearer?: 'access' | 'id';
}

interface Tokens {
  access_token: string;
  id_token?: string | undefined;
}

let opened: Promise<{ manager: UserManager; config: Config }> | undefined;

// The library is loaded by whoever signs in, not by whoever looks around.
const open = () => {
  opened ??= (async () => {
    const [{ InMemoryWebStorage, UserManager, WebStorageStateStore }, response] = await Promise.all([
      import('oidc-client-ts'),
      fetch('/config.json', { headers: { Accept: 'application/json' } }),
    ]);
    if (!response.ok) throw await Problem.from(response);
    const config = (await response.json()) as Config;
    const manager = new UserManager({
      authority: config.issuer ?? location.origin,
      client_id: config.clientId,
      redirect_uri: `${location.origin}/auth/callback`,
      post_logout_redirect_uri: `${location.origin}/`,
      response_type: 'code',
      scope: config.scope ?? 'openid profile email offline_access',
      userStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
      stateStore: new WebStorageStateStore({ store: sessionStorage }),
      automaticSilentRenew: false, // see renewSoon: without a refresh token there is no frame to fall back on
      loadUserInfo: false,
    });
    return { manager, config };
  })();
  opened.catch(() => {
    opened = undefined;
  });
  return opened;
};

const bearerOf = (config: Config, tokens: Tokens) => (config.bearer === 'id' && tokens.id_token) || tokens.access_token;

let timer: ReturnType<typeof setTimeout> | undefined;

const renewSoon = (seconds: number | undefined) => {
  clearTimeout(timer);
  if (seconds !== undefined) timer = setTimeout(() => void renew(), Math.max(seconds - 60, 5) * 1000);
};

/**
 * Leaves for the issuer's page, which speaks the same language, and returns at once where its own session still lives.
 * Comes back to an address of ours.
 */
export const signIn = async (
  returnTo = location.pathname + location.search,
  language = document.documentElement.lang,
): Promise<void> => {
  const { manager } = await open();
  await manager.signinRedirect({
    state: returnTo,
    ...(language && { ui_locales: language }),
    ...(currentSession().person && { login_hint: currentSession().person?.email }),
  });
};

const path = /^\/(?![/\\])/;

/** Ends a sign-in on /auth/callback. Returns where to go on. Throws a Problem where the issuer refused. */
export const finishSignIn = async (fetchMe: () => Promise<Person>): Promise<string> => {
  const { manager, config } = await open();
  let user: Awaited<ReturnType<UserManager['signinRedirectCallback']>>;
  try {
    user = await manager.signinRedirectCallback();
  } catch (thrown) {
    throw new Problem(401, { code: 'signInFailed', title: thrown instanceof Error ? thrown.message : '' });
  }
  const token = bearerOf(config, user);
  setToken(token);
  const person = await fetchMe();
  const before = currentSession().person;
  if (before && before.id !== person.id) await forgetOffline();
  signedIn(token, person);
  renewSoon(user.expires_in);
  return typeof user.state === 'string' && path.test(user.state) ? user.state : '/';
};

let renewing: Promise<boolean> | undefined;

/** Gets another token by the refresh token, once for all who ask meanwhile. False: only signing in again helps. */
export const renew = (): Promise<boolean> => {
  renewing ??= (async () => {
    try {
      const { manager, config } = await open();
      const before = await manager.getUser();
      if (!before?.refresh_token) return false;
      const user = await manager.signinSilent();
      if (!user) return false;
      setToken(bearerOf(config, user));
      renewSoon(user.expires_in);
      return true;
    } catch (thrown) {
      // No network is no end of a session: the next request tries again.
      if (!(thrown instanceof TypeError) && navigator.onLine) sessionExpired();
      return false;
    } finally {
      renewing = undefined;
    }
  })();
  return renewing;
};

const forgetOffline = async () => {
  forgetPurchases();
  await shelf('bookings').clear();
};

/** Ends the session here and at the issuer. */
export const signOut = async (): Promise<void> => {
  clearTimeout(timer);
  signingOut();
  await forgetOffline();
  try {
    const { manager, config } = await open();
    const user = await manager.getUser();
    await manager.signoutRedirect({
      ...(user?.id_token && { id_token_hint: user.id_token }),
      // Cognito's end-session endpoint has names of its own for these.
      extraQueryParams: { client_id: config.clientId, logout_uri: `${location.origin}/` },
    });
  } catch {
    location.assign('/');
  }
};
