import { onlineManager } from '@tanstack/react-query';
import { act, screen, waitFor, within } from '@testing-library/react';
import i18next from 'i18next';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { User } from '../../api/gen/types.gen';
import { changeLanguage } from '../../lib/i18n';
import { chosenScheme } from '../../lib/scheme';
import { currentSession } from '../../lib/session';
import { aUser } from '../../test/factories';
import { alex, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { AccountPage } from './AccountPage';

const { signOut, toast } = vi.hoisted(() => ({ signOut: vi.fn(), toast: vi.fn() }));
vi.mock('../../ui/Toasts', () => ({ toast }));
vi.mock('../../lib/signIn', async (original) => ({ ...(await original<object>()), signOut }));

const show = () => renderPage(AccountPage, { path: '/account', texts: ['account'], as: alex });
const me = (over: Partial<User> = {}) => server.use(http.get(api('/v1/me'), () => HttpResponse.json(aUser(over))));
/** Answers changes as the API does, and keeps what was sent. */
const patches = () => {
  const sent: unknown[] = [];
  server.use(
    http.patch(api('/v1/me'), async ({ request }) => {
      const body = (await request.json()) as Partial<User>;
      sent.push(body);
      return HttpResponse.json(aUser(body));
    }),
  );
  return sent;
};
const save = () => screen.getByRole('button', { name: 'Save' });

beforeEach(() => {
  toast.mockClear();
  signOut.mockClear();
});
afterEach(async () => {
  onlineManager.setOnline(true);
  await act(() => changeLanguage('en'));
});

test('shows who one is', async () => {
  me({ country: 'PT', locale: 'pt-BR' });
  await show();
  const name = await screen.findByLabelText<HTMLInputElement>('Name');
  expect([name.value, name.autocomplete]).toEqual(['Alex Attendee', 'name']);
  const email = screen.getByLabelText<HTMLInputElement>('E-mail');
  expect([email.value, email.readOnly]).toEqual(['alex@example.org', true]);
  const country = screen.getByLabelText<HTMLSelectElement>('Country');
  expect(country.selectedOptions[0]?.textContent).toBe('Portugal');
  const language = screen.getByLabelText<HTMLSelectElement>('Language for what we send you');
  expect(language.selectedOptions[0]?.textContent).toBe('Brazilian Portuguese');
});

test('saves only what was changed, and the page knows the new name', async () => {
  me({ country: 'PT' });
  const sent = patches();
  const { user } = await show();
  const name = await screen.findByLabelText('Name');
  await user.clear(name);
  await user.type(name, ' Alexandra ');
  await user.selectOptions(screen.getByLabelText('Country'), '');
  await user.selectOptions(screen.getByLabelText('Language for what we send you'), 'Deutsch');
  await user.click(save());
  await waitFor(() => expect(toast.mock.calls).toEqual([['Saved']]));
  expect(sent).toEqual([{ name: 'Alexandra', country: null, locale: 'de' }]);
  expect(currentSession().person).toEqual({ ...alex, name: 'Alexandra' });
});

test('asks the API for nothing where nothing was changed', async () => {
  me();
  const sent = patches();
  const { user } = await show();
  await screen.findByLabelText('Name');
  await user.click(save());
  await waitFor(() => expect(toast.mock.calls).toEqual([['Saved']]));
  expect(sent).toEqual([]);
});

test.each([
  ['blank', ' ', 'Please say what we should call you.'],
  ['too long', 'a'.repeat(201), 'A name has at most 200 characters.'],
])('a name that is %s is told, and not sent', async (_, typed, text) => {
  me();
  const sent = patches();
  const { user } = await show();
  const name = await screen.findByLabelText('Name');
  await user.clear(name);
  await user.click(name);
  await user.paste(typed);
  await user.click(save());
  expect(screen.getByText(text)).toBeTruthy();
  expect(document.activeElement).toBe(name);
  expect(sent).toEqual([]);
});

test('what the API refuses is told at its field, until it is changed', async () => {
  me();
  server.use(
    http.patch(api('/v1/me'), () => problem(422, 'invalid', [{ location: 'body.country', message: 'must be a country' }])),
  );
  const { user } = await show();
  const country = await screen.findByLabelText('Country');
  await user.selectOptions(country, 'PT');
  await user.click(save());
  expect(await screen.findByText('Must be a country')).toBeTruthy();
  expect(document.activeElement).toBe(country);
  await user.selectOptions(country, 'AT');
  expect(screen.queryByText('Must be a country')).toBeNull();
});

test('a change that does not arrive is told, and stays in the form', async () => {
  me();
  server.use(http.patch(api('/v1/me'), () => HttpResponse.error()));
  const { user } = await show();
  await user.type(await screen.findByLabelText('Name'), '!');
  await user.click(save());
  expect((await screen.findByRole('alert')).textContent).toMatch(/no connection/);
  expect(screen.getByLabelText<HTMLInputElement>('Name').value).toBe('Alex Attendee!');
});

test('says in words what one may do, and for whom', async () => {
  me({ roles: ['attendee', 'organiser', 'staff'], organisations: ['demo', 'opera'] });
  await show();
  const may = within(await screen.findByRole('region', { name: 'What you may do' }));
  expect(may.getAllByRole('listitem').map((l) => l.textContent)).toEqual([
    'Book tickets, and share them',
    'Organise events and see how they sell',
    'Check tickets at the door',
  ]);
  expect(may.getByText('For the organisations demo and opera.')).toBeTruthy();
});

test('an account that does not load is asked for again', async () => {
  server.use(http.get(api('/v1/me'), () => problem(500, 'internal')));
  const { user } = await show();
  await screen.findByRole('alert');
  me();
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByLabelText('Name')).toBeTruthy();
});

test('without a network the rest of the page is there', async () => {
  onlineManager.setOnline(false);
  await show();
  expect(screen.getByText(/once there is a connection again/)).toBeTruthy();
  expect(screen.getByLabelText('Language')).toBeTruthy();
  me();
  act(() => onlineManager.setOnline(true));
  expect(await screen.findByLabelText('Name')).toBeTruthy();
});

test('language and colours are chosen for this browser', async () => {
  me();
  const { user } = await show();
  await screen.findByLabelText('Name');
  await user.click(screen.getByRole('radio', { name: 'Dark' }));
  expect(document.documentElement.dataset.mantineColorScheme).toBe('dark');
  await user.click(screen.getByRole('radio', { name: 'As on this device' }));
  expect(chosenScheme()).toBe('auto');
  await user.selectOptions(screen.getByLabelText('Language'), 'العربية');
  expect(await screen.findByRole('heading', { name: 'الحساب' })).toBeTruthy();
  expect([i18next.language, document.documentElement.dir]).toEqual(['ar', 'rtl']);
});

test('signs out', async () => {
  me();
  const { user } = await show();
  await user.click(screen.getByRole('button', { name: 'Sign out' }));
  await waitFor(() => expect(signOut).toHaveBeenCalledTimes(1));
});
