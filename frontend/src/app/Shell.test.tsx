import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { act, render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import i18next from 'i18next';
import { afterEach, expect, test } from 'vitest';
import { changeLanguage } from '../lib/i18n';
import { type Person, signedIn } from '../lib/session';
import { alex, dora, olga } from '../test/render';
import { Look } from './Look';
import { makeQueryClient } from './queries';
import { Shell } from './Shell';

const show = async (person?: Person) => {
  if (person) signedIn('token', person);
  const root = createRootRoute({ component: Shell });
  const pages = ['/', '/bookings'].map((path) =>
    createRoute({ getParentRoute: () => root, path, component: () => <h1>{path}</h1> }),
  );
  const router = createRouter({ routeTree: root.addChildren(pages), history: createMemoryHistory() });
  await router.load();
  render(
    <QueryClientProvider client={makeQueryClient()}>
      <Look>
        <RouterProvider router={router as never} />
      </Look>
    </QueryClientProvider>,
  );
  return userEvent.setup({ delay: null });
};

const places = () =>
  within(screen.getByRole('navigation'))
    .getAllByRole('link')
    .map((l) => l.textContent);

afterEach(() => act(() => changeLanguage('en')));

test('nobody is offered to sign in', async () => {
  await show();
  expect(places()).toEqual(['Discover']);
  expect(screen.getByRole('button', { name: 'Sign in' })).toBeTruthy();
});

test.each([
  ['attendee', alex, ['Discover', 'My bookings', 'Account']],
  ['organiser', olga, ['Discover', 'My bookings', 'Organise', 'Door', 'Account']],
  ['staff', dora, ['Discover', 'My bookings', 'Door', 'Account']],
])('%s sees where they may go', async (_, person, want) => {
  await show(person);
  expect(places()).toEqual(want);
});

test('a new page gets the focus', async () => {
  const user = await show(alex);
  await user.click(screen.getByRole('link', { name: 'My bookings' }));
  await screen.findByRole('heading', { name: '/bookings' });
  expect(document.activeElement?.id === 'main' || document.activeElement?.textContent === 'My bookings').toBe(true);
});

test('Arabic is written from the right', async () => {
  const user = await show();
  await user.selectOptions(screen.getByRole('combobox', { name: 'Language' }), 'ar');
  await screen.findByRole('link', { name: 'استكشف' });
  expect(document.documentElement.dir).toBe('rtl');
  expect(i18next.language).toBe('ar');
});

test('dark and light are chosen', async () => {
  const user = await show();
  await user.click(screen.getByRole('button', { name: 'Use dark colours' }));
  expect(document.documentElement.dataset.mantineColorScheme).toBe('dark');
  await user.click(screen.getByRole('button', { name: 'Use light colours' }));
  expect(document.documentElement.dataset.mantineColorScheme).toBe('light');
});
