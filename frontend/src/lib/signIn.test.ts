import { beforeEach, expect, test, vi } from 'vitest';
import { alex, dora } from '../test/render';
import { api, HttpResponse, http, server } from '../test/server';
import { accessToken, currentSession, signedIn } from './session';
import { shelf } from './storage';

const manager = {
  signinRedirect: vi.fn(),
  signinRedirectCallback: vi.fn(),
  signinSilent: vi.fn(),
  signoutRedirect: vi.fn(),
  getUser: vi.fn(),
};
const made = vi.fn();
vi.mock('oidc-client-ts', () => ({
  InMemoryWebStorage: class {},
  WebStorageStateStore: class {},
  UserManager: class {
    constructor(settings: unknown) {
      made(settings);
      Object.assign(this, manager);
    }
  },
}));

const user = { access_token: 'access', id_token: 'id', refresh_token: 'refresh', expires_in: 900, state: '/bookings?x=1' };

// The issuer is asked for once per page, so each test has a module of its own.
const page = async (config: object = { clientId: 'web' }) => {
  vi.resetModules();
  server.use(http.get(api('/config.json'), () => HttpResponse.json(config)));
  const session = await import('./session');
  return { ...(await import('./signIn')), session };
};

beforeEach(() => {
  vi.useRealTimers();
  for (const f of Object.values(manager)) f.mockReset();
  made.mockReset();
});

test('a sign-in remembers where it began, and speaks the page’s language', async () => {
  const { signIn } = await page();
  await signIn('/events/evt_1', 'pt');
  expect(made).toHaveBeenCalledWith(
    expect.objectContaining({
      authority: location.origin,
      client_id: 'web',
      redirect_uri: `${location.origin}/auth/callback`,
      scope: 'openid profile email offline_access',
    }),
  );
  expect(manager.signinRedirect).toHaveBeenCalledWith({ state: '/events/evt_1', ui_locales: 'pt' });
});

test('it speaks the language that the page is in, where nobody says another', async () => {
  const { signIn } = await page();
  document.documentElement.lang = 'ar';
  await signIn('/');
  expect(manager.signinRedirect).toHaveBeenLastCalledWith({ state: '/', ui_locales: 'ar' });
  document.documentElement.lang = '';
  await signIn('/');
  expect(manager.signinRedirect).toHaveBeenLastCalledWith({ state: '/' });
});

test('it ends where it began, with a token in memory alone', async () => {
  manager.signinRedirectCallback.mockResolvedValue(user);
  const { finishSignIn, session } = await page();
  expect(await finishSignIn(async () => alex)).toBe('/bookings?x=1');
  expect(session.accessToken()).toBe('access');
  expect(session.currentSession()).toEqual({ status: 'in', person: alex });
  expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain('access');
});

test.each(['//evil.example/x', '/\\evil.example', 'https://evil.example/', undefined, 7])(
  'it never ends elsewhere: %s',
  async (state) => {
    manager.signinRedirectCallback.mockResolvedValue({ ...user, state });
    const { finishSignIn } = await page();
    expect(await finishSignIn(async () => alex)).toBe('/');
  },
);

test('a pool of Cognito is asked for what it has, and its ID token is the bearer', async () => {
  manager.signinRedirectCallback.mockResolvedValue(user);
  const { finishSignIn, session } = await page({
    issuer: 'https://cognito.example/pool',
    clientId: 'web',
    scope: 'openid profile email',
    bearer: 'id',
  });
  await finishSignIn(async () => alex);
  expect(session.accessToken()).toBe('id');
  expect(made).toHaveBeenCalledWith(
    expect.objectContaining({ authority: 'https://cognito.example/pool', scope: 'openid profile email' }),
  );
});

test('a refusal is a problem', async () => {
  manager.signinRedirectCallback.mockRejectedValue(new Error('login_required'));
  const { finishSignIn, session } = await page();
  await expect(finishSignIn(async () => alex)).rejects.toMatchObject({ code: 'signInFailed' });
  expect(session.accessToken()).toBeUndefined();
});

test('another person finds nothing of who was here before', async () => {
  await shelf('bookings').set('bkg_1', 'kept');
  manager.signinRedirectCallback.mockResolvedValue(user);
  const { finishSignIn } = await page();
  await finishSignIn(async () => alex);
  expect(await shelf('bookings').get('bkg_1')).toBe('kept');
  await finishSignIn(async () => dora);
  expect(await shelf('bookings').get('bkg_1')).toBeUndefined();
});

test('many who want another token get one', async () => {
  manager.getUser.mockResolvedValue(user);
  manager.signinSilent.mockResolvedValue({ ...user, access_token: 'next' });
  const { renew, session } = await page();
  expect(await Promise.all([renew(), renew(), renew()])).toEqual([true, true, true]);
  expect(manager.signinSilent).toHaveBeenCalledOnce();
  expect(session.accessToken()).toBe('next');
});

test('without a refresh token there is no other token', async () => {
  manager.getUser.mockResolvedValue(null);
  const { renew } = await page();
  expect(await renew()).toBe(false);
  expect(manager.signinSilent).not.toHaveBeenCalled();
});

test.each([
  ['a refused renewal ends the session', new Error('invalid_grant'), 'expired'],
  ['a network that is away does not', new TypeError('Failed to fetch'), 'in'],
])('%s', async (_, thrown, status) => {
  manager.getUser.mockResolvedValue(user);
  manager.signinSilent.mockRejectedValue(thrown);
  const { renew, session } = await page();
  session.signedIn('old', alex);
  expect(await renew()).toBe(false);
  expect(session.currentSession().status).toBe(status);
});

test('signing out leaves nothing, here and at the issuer', async () => {
  await shelf('bookings').set('bkg_1', 'kept');
  manager.getUser.mockResolvedValue(user);
  const { signOut, session } = await page();
  session.signedIn('old', alex);
  await signOut();
  expect(session.currentSession()).toEqual({ status: 'leaving' });
  expect(session.accessToken()).toBeUndefined();
  expect(localStorage.length).toBe(0);
  expect(await shelf('bookings').get('bkg_1')).toBeUndefined();
  expect(manager.signoutRedirect).toHaveBeenCalledWith({
    id_token_hint: 'id',
    extraQueryParams: { client_id: 'web', logout_uri: `${location.origin}/` },
  });
});

test('another tab that signs out signs this one out', () => {
  signedIn('token', alex);
  localStorage.clear();
  window.dispatchEvent(new StorageEvent('storage', { key: 'myevents.person' }));
  expect(currentSession()).toEqual({ status: 'out' });
  expect(accessToken()).toBeUndefined();
});
