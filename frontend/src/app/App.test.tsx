import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { App } from './App';

afterEach(cleanup);

test('the start page leads to the events and to the API', async () => {
  vi.stubGlobal('fetch', async () => Response.json({ items: [] }));
  render(<App path="/" />);
  expect(await screen.findByText(/Nothing is on sale yet/)).toBeDefined();
  expect(screen.getByRole('link', { name: 'API' }).getAttribute('href')).toBe('/docs');
  expect(screen.getAllByRole('heading', { level: 1 })).toHaveLength(1);
});

test('an unknown address says so and leads home', () => {
  render(<App path="/elsewhere" />);
  expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('There is no page here.');
  expect(screen.getByRole('link', { name: 'See what is coming up' }).getAttribute('href')).toBe('/');
});
