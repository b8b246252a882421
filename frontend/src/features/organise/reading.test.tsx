import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test } from 'vitest';
import { aBooking, aLocation, anEvent, aTicket, eur } from '../../test/factories';
import { olga, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { DashboardPage } from './DashboardPage';
import { EditEventPage } from './EditEventPage';
import { EventBookingsPage } from './EventBookingsPage';
import { OrganisePage } from './OrganisePage';

const common = { texts: ['organise'], as: olga };
const at = '/organise/events/evt_1';
const list = () => renderPage(OrganisePage, { path: '/organise', ...common });
const editor = () => renderPage(EditEventPage, { path: '/organise/events/$eventId/edit', at: `${at}/edit`, ...common });
const bookings = () =>
  renderPage(EventBookingsPage, { path: '/organise/events/$eventId/bookings', at: `${at}/bookings`, ...common });

const sales = { sold: 3, held: 0, left: 323, checkedIn: 1, revenue: eur(13500), byTicketType: [] };
const entered = aTicket({ status: 'checkedIn', checkedInAt: '2031-06-01T19:07:00Z' });

beforeEach(() =>
  server.use(
    http.get(api('/v1/events'), () => HttpResponse.json({ items: [anEvent()] })),
    http.get(api('/v1/events/evt_1'), () => HttpResponse.json(anEvent())),
    http.get(api('/v1/events/evt_1/sales'), () => HttpResponse.json(sales)),
    http.get(api('/v1/events/evt_1/bookings'), () => HttpResponse.json({ items: [aBooking({ tickets: [entered] })] })),
    http.get(api('/v1/categories'), () => HttpResponse.json({ items: [] })),
    http.get(api('/v1/locations/loc_1'), () => HttpResponse.json(aLocation())),
  ),
);

describe('without a network', () => {
  test.each([
    ['the list', '/v1/events', list, () => screen.findByRole('article')],
    ['the editor', '/v1/events/evt_1', editor, () => screen.findByRole('textbox', { name: 'Name' })],
    ['the bookings', '/v1/events/evt_1/bookings', bookings, () => screen.findByText('1 booking')],
  ])('%s says so, and is there once it is back', async (_, path, open, there) => {
    let back = false;
    server.use(http.get(api(path), () => (back ? undefined : HttpResponse.error())));
    const { user } = await open();
    expect((await screen.findByRole('alert')).textContent).toContain('There is no connection just now.');
    back = true;
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await there();
    expect(screen.queryByRole('alert')).toBeNull();
  });
});

test('how the house fills is drawn, with words and a table beside the bars', async () => {
  await renderPage(DashboardPage, { path: '/organise/events/$eventId', at, ...common });
  await screen.findByRole('img', {
    name: /^1 guest came in, 33% of those with tickets; at most 1 in five minutes, at 8:05.PM/,
  });
  const [chart] = screen.getAllByRole('region', { name: 'Entry, every five minutes' });
  const rows = within(chart as HTMLElement).getAllByRole('row', { hidden: true });
  expect(rows.map((r) => r.lastElementChild?.textContent)).toEqual(['Inside', '1']);
});

test('an event that somebody else changed is loaded again, with theirs', async () => {
  let current = anEvent();
  server.use(
    http.get(api('/v1/events/evt_1'), () => HttpResponse.json(current)),
    http.patch(api('/v1/events/evt_1'), () => problem(412, 'versionMismatch')),
  );
  const { user } = await editor();
  const name = () => screen.findByRole('textbox', { name: 'Name' });
  await user.type(await name(), '!');
  current = anEvent({ name: 'Fado, longer', version: 9 });
  await user.click(screen.getByRole('button', { name: 'Save changes' }));
  await user.click(await screen.findByRole('button', { name: 'Discard mine and load again' }));
  await waitFor(async () => expect(await name()).toHaveProperty('value', 'Fado, longer'));
  expect(screen.queryByRole('dialog')).toBeNull();
});

test('events that are over are sought further and further back, to one with something in it', async () => {
  const asked: string[] = [];
  server.use(
    http.get(api('/v1/events'), ({ request }) => {
      const from = new URL(request.url).searchParams.get('from');
      if (!from) return HttpResponse.json({ items: [] });
      asked.push(from);
      return HttpResponse.json({ items: asked.length < 2 ? [] : [anEvent({ name: 'Long ago', status: 'ended' })] });
    }),
    http.get(api('/v1/locations'), () => HttpResponse.json({ items: [] })),
  );
  const { user } = await list();
  await user.selectOptions(await screen.findByRole('combobox', { name: 'When' }), 'Past');
  await screen.findByRole('article', { name: 'Long ago' });
  expect(asked).toHaveLength(2);
  expect((asked[1] ?? '') < (asked[0] ?? '')).toBe(true);
  expect(screen.getByRole('button', { name: 'Show earlier ones' })).toBeTruthy();
});
