import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import { EventList } from './EventList';
import type { Event, EventPage } from './types';

const concert: Event = {
  id: 'evt_1',
  name: 'Night of Strings',
  category: 'concert',
  startsAt: '2027-07-01T18:30:00Z',
  timeZone: 'Europe/Vienna',
  location: { name: 'Stadtsaal', city: 'Vienna', country: 'AT' },
  availability: 'few',
  priceFrom: { amount: 4550, currency: 'EUR' },
};

/** Answers the n-th request with the n-th page; a number is the status of a failure. */
const serve = (...answers: (EventPage | number)[]) => {
  const fetched = vi.fn<typeof fetch>();
  for (const a of answers) {
    fetched.mockResolvedValueOnce(typeof a === 'number' ? new Response('{}', { status: a }) : Response.json(a));
  }
  vi.stubGlobal('fetch', fetched);
  return fetched;
};

afterEach(cleanup);

test('a card shows what, when in the zone of the venue, where and for how much', async () => {
  serve({ items: [concert] });
  render(<EventList />);
  const card = within(await screen.findByRole('article'));
  expect(card.getByRole('heading', { name: 'Night of Strings' })).toBeDefined();
  expect(card.getByText(/8:30\sPM|20:30/)).toBeDefined();
  expect(card.getByText('Stadtsaal, Vienna, Austria')).toBeDefined();
  expect(card.getByText(/from €45.50/)).toBeDefined();
  expect(card.getByText('Few left')).toBeDefined();
});

test('loading is announced, and nothing on sale is said', async () => {
  serve({ items: [] });
  render(<EventList />);
  expect(screen.getByRole('status').textContent).toBe('Loading events');
  expect(await screen.findByText(/Nothing is on sale yet/)).toBeDefined();
});

test('after a failure, trying again loads the events', async () => {
  serve(503, { items: [concert] });
  render(<EventList />);
  fireEvent.click(within(await screen.findByRole('alert')).getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('Night of Strings')).toBeDefined();
  expect(screen.queryByRole('alert')).toBeNull();
});

test('an answer that is no list is a failure', async () => {
  serve({} as EventPage);
  render(<EventList />);
  expect(await screen.findByRole('alert')).toBeDefined();
});

test('an empty page with a cursor is not the end', async () => {
  const fetched = serve({ items: [], nextCursor: 'c1' }, { items: [concert] });
  render(<EventList />);
  expect(await screen.findByText('Night of Strings')).toBeDefined();
  expect(fetched.mock.calls.map(([url]) => String(url))).toEqual(['/v1/events?limit=24', '/v1/events?limit=24&cursor=c1']);
});

test('show more appends the next page, each event once', async () => {
  serve({ items: [concert], nextCursor: 'c1' }, { items: [concert, { ...concert, id: 'evt_2', name: 'Second Night' }] });
  render(<EventList />);
  fireEvent.click(await screen.findByRole('button', { name: 'Show more' }));
  expect(await screen.findByText('Second Night')).toBeDefined();
  expect(screen.getAllByRole('article')).toHaveLength(2);
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
});
