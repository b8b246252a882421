import { onlineManager } from '@tanstack/react-query';
import { act, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../lib/problem';
import { forgetSession, type Role, sessionExpired } from '../lib/session';
import * as signIn from '../lib/signIn';
import { writeStored } from '../lib/storage';
import { alex, olga, renderPage } from '../test/render';
import { RequireSession } from './RequireSession';

const leave = vi.fn();
beforeEach(() => {
  leave.mockReset().mockResolvedValue(undefined);
  vi.spyOn(signIn, 'signIn').mockImplementation(leave);
});
afterEach(() => onlineManager.setOnline(true));

const show = (as?: typeof alex, ...roles: Role[]) =>
  renderPage(
    () => (
      <RequireSession roles={roles}>
        <p>the page</p>
      </RequireSession>
    ),
    { path: '/bookings', at: '/bookings?x=1', ...(as && { as }) },
  );

test('whoever is signed in sees the page', async () => {
  await show(alex);
  expect(await screen.findByText('the page')).toBeTruthy();
  expect(leave).not.toHaveBeenCalled();
});

test('nobody is taken to sign in, and back to the very address', async () => {
  await show();
  expect(await screen.findByText('Taking you to sign in…')).toBeTruthy();
  expect(leave).toHaveBeenCalledExactlyOnceWith('/bookings?x=1', 'en');
});

test('an issuer that cannot be reached is tried again', async () => {
  leave.mockRejectedValueOnce(new Problem(0));
  const { user } = await show();
  await user.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(leave).toHaveBeenCalledTimes(2);
});

test('a role that is missing is said', async () => {
  await show(alex, 'organiser');
  await screen.findByRole('heading', { name: 'This page is not for this account' });
  expect(screen.queryByText('the page')).toBeNull();
});

test('a role that is there opens', async () => {
  await show(olga, 'organiser');
  expect(await screen.findByText('the page')).toBeTruthy();
});

test('without a network, the remembered see what is kept', async () => {
  writeStored('person', alex);
  forgetSession();
  onlineManager.setOnline(false);
  await show();
  expect(await screen.findByText('the page')).toBeTruthy();
  expect(leave).not.toHaveBeenCalled();
});

test('what is kept stays when the network is back', async () => {
  writeStored('person', alex);
  forgetSession();
  onlineManager.setOnline(false);
  await show();
  await screen.findByText('the page');
  act(() => onlineManager.setOnline(true));
  expect(screen.getByText('the page')).toBeTruthy();
  expect(leave).not.toHaveBeenCalled();
});

test('an issuer that does not answer leaves the remembered with what is kept', async () => {
  writeStored('person', alex);
  forgetSession();
  leave.mockRejectedValueOnce(new Problem(503));
  await show();
  expect(await screen.findByText('the page')).toBeTruthy();
});

test('an issuer that refuses does not', async () => {
  writeStored('person', alex);
  forgetSession();
  leave.mockRejectedValueOnce(new Problem(400));
  await show();
  await screen.findByRole('alert');
  expect(screen.queryByText('the page')).toBeNull();
});

test('a session that ends leaves the page as it is, and asks', async () => {
  const { user } = await show(alex);
  await screen.findByText('the page');
  act(() => sessionExpired());
  await screen.findByRole('dialog', { name: 'Your session has ended' });
  expect(screen.getByText('the page')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Sign in and go on' }));
  expect(leave).toHaveBeenCalledWith('/bookings?x=1', 'en');
});
