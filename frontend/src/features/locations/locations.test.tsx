import { screen, within } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { aLocation } from '../../test/factories';
import { olga, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { HallPage } from './HallPage';
import { LocationPage } from './LocationPage';
import { LocationsPage } from './LocationsPage';
import { NewLocationPage } from './NewLocationPage';

const as = olga;
const texts = ['locations'];
const hallPath = '/organise/locations/$locationId/halls/$hallId';

const locations = () => renderPage(LocationsPage, { path: '/organise/locations', as, texts });
const location = () =>
  renderPage(LocationPage, { path: '/organise/locations/$locationId', at: '/organise/locations/loc_1', as, texts });
const hall = (id: string) => renderPage(HallPage, { path: hallPath, at: `/organise/locations/loc_1/halls/${id}`, as, texts });
const aLocationIsThere = () => server.use(http.get(api('/v1/locations/loc_1'), () => HttpResponse.json(aLocation())));

test('the list shows what is there, page after page', async () => {
  server.use(
    http.get(api('/v1/locations'), ({ request }) => {
      const asked = new URL(request.url).searchParams;
      expect(asked.get('organisation')).toBe('demo');
      return HttpResponse.json(
        asked.get('cursor')
          ? { items: [aLocation({ id: 'loc_2', name: 'Tivoli', halls: [] })] }
          : { items: [aLocation()], nextCursor: 'more' },
      );
    }),
  );
  const { user } = await locations();
  const link = await screen.findByRole('link', { name: /Coliseu/ });
  expect(link.textContent).toContain('1 hall · 326 places');
  await user.click(screen.getByRole('button', { name: 'Show more' }));
  expect((await screen.findByRole('link', { name: /Tivoli/ })).textContent).toContain('0 halls');
  expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
});

test('an empty list leads to making one', async () => {
  server.use(http.get(api('/v1/locations'), () => HttpResponse.json({ items: [] })));
  const { user } = await locations();
  await screen.findByRole('heading', { name: 'No locations yet' });
  await user.click(screen.getAllByRole('link', { name: 'New location' })[0] as HTMLElement);
  await screen.findByText('at /organise/locations/new');
});

test('a list that cannot be loaded is tried again', async () => {
  server.use(http.get(api('/v1/locations'), () => problem(500, 'internal'), { once: true }));
  server.use(http.get(api('/v1/locations'), () => problem(500, 'internal'), { once: true }));
  const { user } = await locations();
  await screen.findByRole('alert');
  server.use(http.get(api('/v1/locations'), () => HttpResponse.json({ items: [aLocation()] })));
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByRole('link', { name: /Coliseu/ });
});

test('a new location is checked before it is sent, then leads to its first hall', async () => {
  const sent = vi.fn();
  server.use(
    http.post(api('/v1/locations'), async ({ request }) => {
      sent(await request.json());
      return HttpResponse.json(aLocation(), { status: 201 });
    }),
  );
  const { user } = await renderPage(NewLocationPage, { path: '/organise/locations/new', as, texts });
  await user.click(screen.getByRole('button', { name: 'Create location' }));
  expect(document.activeElement).toBe(screen.getByRole('textbox', { name: 'Name' }));
  expect(screen.getAllByText('This must not be empty.')).toHaveLength(4);
  await user.type(screen.getByRole('textbox', { name: 'Name' }), 'Coliseu');
  await user.type(screen.getByRole('textbox', { name: 'Address' }), 'Rua 1');
  await user.type(screen.getByRole('textbox', { name: 'City' }), 'Lisboa');
  await user.selectOptions(screen.getByRole('combobox', { name: 'Country' }), 'PT');
  await user.click(screen.getByRole('button', { name: 'Create location' }));
  await screen.findByText('at /organise/locations/loc_1/halls/new');
  expect(sent).toHaveBeenCalledWith(expect.objectContaining({ name: 'Coliseu', country: 'PT' }));
});

test('what the API finds wrong is told at the field', async () => {
  server.use(
    http.post(api('/v1/locations'), () => problem(422, 'invalid', [{ location: 'body.city', message: 'must be a city' }])),
  );
  const { user } = await renderPage(NewLocationPage, { path: '/organise/locations/new', as, texts });
  for (const name of ['Name', 'Address', 'City']) await user.type(screen.getByRole('textbox', { name }), 'x');
  await user.selectOptions(screen.getByRole('combobox', { name: 'Country' }), 'PT');
  await user.click(screen.getByRole('button', { name: 'Create location' }));
  await screen.findByText('Must be a city');
  expect(screen.getByRole('textbox', { name: 'City' }).getAttribute('aria-invalid')).toBe('true');
});

test('a location is changed from the version that was read', async () => {
  aLocationIsThere();
  const versions: (string | null)[] = [];
  server.use(
    http.patch(api('/v1/locations/loc_1'), async ({ request }) => {
      versions.push(request.headers.get('If-Match'));
      return versions.length === 1 ? problem(412, 'stale') : HttpResponse.json(aLocation({ version: 2, city: 'Porto' }));
    }),
  );
  const { user } = await location();
  const city = await screen.findByRole('textbox', { name: 'City' });
  await user.clear(city);
  await user.type(city, 'Porto');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect((await screen.findByRole('alert')).textContent).toContain('Somebody changed this meanwhile');
  expect((city as HTMLInputElement).value).toBe('Porto');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(versions).toEqual(['"1"', '"1"']);
});

test('a hall is drawn and saved', async () => {
  aLocationIsThere();
  const sent = vi.fn();
  server.use(
    http.post(api('/v1/locations/loc_1/halls'), async ({ request }) => {
      sent(await request.json());
      return HttpResponse.json({ id: 'hal_2', name: 'Small hall', sections: [], version: 1 }, { status: 201 });
    }),
  );
  const { user } = await hall('new');
  await user.type(await screen.findByRole('textbox', { name: 'Name of the hall' }), 'Small hall');
  await user.click(screen.getByRole('button', { name: 'Save hall' }));
  expect(screen.getByRole('alert').textContent).toContain('at least one section');
  await user.click(screen.getByRole('button', { name: 'Add rows of seats' }));
  const section = within(screen.getByRole('region', { name: 'Stalls' }));
  await user.click(section.getByText('Lay out rows'));
  const rows = section.getByRole('textbox', { name: 'Rows' });
  await user.clear(rows);
  await user.type(rows, '2');
  await user.click(section.getByRole('button', { name: 'Lay out' }));
  await user.type(section.getByRole('textbox', { name: 'Accessible seats of row 2' }), '1-2');
  await user.click(screen.getByRole('button', { name: 'Add standing area' }));
  expect(screen.getByText('124 places')).toBeTruthy();
  await user.click(screen.getByRole('button', { name: 'Save hall' }));
  await screen.findByText('at /organise/locations/loc_1');
  expect(sent).toHaveBeenCalledWith({
    name: 'Small hall',
    sections: [
      {
        name: 'Stalls',
        kind: 'seated',
        rows: [
          { label: 'A', seats: 12 },
          { label: 'B', seats: 12, accessible: [1, 2] },
        ],
      },
      { name: 'Floor', kind: 'standing', capacity: 100 },
    ],
  });
});

test('a hall that is changed keeps the ids of its sections', async () => {
  aLocationIsThere();
  const sent = vi.fn();
  server.use(
    http.patch(api('/v1/locations/loc_1/halls/hal_1'), async ({ request }) => {
      sent(await request.json(), request.headers.get('If-Match'));
      return HttpResponse.json(aLocation().halls[0]);
    }),
  );
  const { user } = await hall('hal_1');
  await user.click(await screen.findByRole('button', { name: 'Move Floor up' }));
  await user.click(screen.getByRole('button', { name: 'Remove row B' }));
  await user.click(screen.getByRole('button', { name: 'Save hall' }));
  await screen.findByText('at /organise/locations/loc_1');
  const [body, version] = sent.mock.calls[0] ?? [];
  expect(version).toBe('"1"');
  expect(body.sections.map((s: { id: string }) => s.id)).toEqual(['sec_floor', 'sec_stalls']);
  expect(body.sections[1].rows).toHaveLength(1);
});

test('a hall that is not there is said kindly', async () => {
  aLocationIsThere();
  await hall('hal_9');
  await screen.findByRole('heading', { name: 'This location has no such hall.' });
});

test('a hall that was not saved is not lost by leaving', async () => {
  aLocationIsThere();
  const confirm = vi.spyOn(window, 'confirm').mockReturnValue(false);
  const { user } = await hall('hal_1');
  await user.click(await screen.findByRole('button', { name: 'Remove row B' }));
  await user.click(screen.getByRole('link', { name: 'Coliseu' }));
  expect(confirm).toHaveBeenCalledOnce();
  expect(screen.getByRole('button', { name: 'Save hall' })).toBeTruthy();
});
