import type { Availability } from '../src/api/gen/types.gen';
import { expect, test } from './fixtures';
import { choosePlace, eventOf, says, text, wall } from './organising';

// The editors of events, locations and halls: what they say of what is typed, and what becomes of it.

test('what is wrong is said at its field, as soon as one has left it, and goes as one mends it', async ({
  page,
  api,
  signedIn,
}) => {
  const place = await api.location();
  await signedIn(page, 'organiser');
  await page.goto('/organise/events/new');
  const create = page.getByRole('button', { name: 'Create draft' });
  await create.click();
  await says(text(page, 'Name'), 'This must not be empty.');
  await expect(text(page, 'Name')).toBeFocused();
  await expect(page.getByText('4 fields need another look.')).toBeVisible();
  await page.keyboard.type('Concert');
  await expect(text(page, 'Name')).not.toHaveAttribute('aria-invalid');
  await says(page.getByRole('searchbox', { name: 'Location' }), /This must not be empty/);

  await page.reload();
  page.once('dialog', (d) => void d.accept());
  await text(page, 'Name').fill('Concert');
  await choosePlace(page, place.name);
  const [starts, ends] = [page.getByLabel('Starts'), page.getByLabel('Ends')];
  await starts.fill(wall(-3, '20:00'));
  await ends.fill(wall(-3, '19:00'));
  await says(starts, /This is in the past/);
  await starts.fill(wall(20, '20:00'));
  await expect(starts).not.toHaveAttribute('aria-invalid');
  await says(ends, /It must end after it starts/);
  await ends.fill(wall(20, '23:00'));
  await expect(ends).not.toHaveAttribute('aria-invalid');
  await page.getByLabel('Picture').fill('http://example.org/a.png');
  await text(page, 'Name').focus();
  await says(page.getByLabel('Picture'), /An address that begins with https/);
  await page.getByLabel('Picture').fill('');
  await expect(page.getByLabel('Picture')).not.toHaveAttribute('aria-invalid');

  await page.getByRole('button', { name: 'Add a ticket type' }).click();
  const type = page.getByRole('article');
  await text(type, 'Price').fill('12.505');
  await text(type, 'What it is called').fill('Seat');
  await says(text(type, 'Price'), 'An amount such as 12.50; 0 is free.');
  await text(type, 'Price').fill('12,50');
  await expect(text(type, 'Price')).not.toHaveAttribute('aria-invalid');
});

test('a limit that is emptied again stays in view', async ({ page, api, signedIn }) => {
  const place = await api.location();
  await signedIn(page, 'organiser');
  await page.goto('/organise/events/new');
  await choosePlace(page, place.name);
  await page.getByRole('button', { name: 'Add a ticket type' }).click();
  const type = page.getByRole('article');
  await type.getByText('Limit and sales window').click();
  const limit = type.getByRole('spinbutton', { name: 'Per person' });
  await limit.fill('4');
  await limit.fill('');
  await expect(limit).toBeVisible();
  await expect(limit).toBeFocused();
});

test('a click is not lost to words that appear as one leaves a field', async ({ page, signedIn }) => {
  await signedIn(page, 'organiser');
  await page.goto('/organise/locations/new');
  await text(page, 'Name').focus();
  const zone = await page.getByLabel('Time zone').boundingBox();
  if (!zone) throw new Error('no field for the zone');
  // The words below the first row push down all others; its field is pressed near the lower edge, held, and let go.
  await page.mouse.move(zone.x + 30, zone.y + 4);
  await page.mouse.down();
  await expect(page.getByLabel('Time zone')).toBeFocused();
  await expect(page.getByText('This must not be empty.')).toHaveCount(0);
  await page.mouse.up();
  await expect(page.getByText('This must not be empty.')).toHaveCount(1);
  await expect(page.getByLabel('Time zone')).toBeFocused();
});

test('a hall that is taken is said at the start, nothing typed is lost, and another time goes through', async ({
  page,
  api,
  signedIn,
  expectErrors,
}) => {
  expectErrors(/409/);
  const place = await api.location();
  const startsAt = `${wall(30, '19:00')}:00Z`;
  await api.event({ startsAt }, place);
  await signedIn(page, 'organiser');
  await page.goto('/organise/events/new');
  await text(page, 'Name').fill('The same evening');
  await page.getByLabel('Category').selectOption('opera');
  await text(page, 'Description').fill('Sung in Italian.');
  await choosePlace(page, place.name);
  const starts = page.getByLabel('Starts');
  await starts.fill(wall(30, '21:00'));
  await page.getByRole('button', { name: 'Add a ticket type' }).click();
  const type = page.getByRole('article');
  await text(type, 'What it is called').fill('Seat');
  await text(type, 'Price').fill('30');
  for (const box of await type.getByRole('checkbox').all()) await box.check();
  await page.getByRole('button', { name: 'Create draft' }).click();
  await says(starts, /Another event has this hall at that time\. Choose another time, or another hall\./);
  await expect(starts).toBeFocused();
  await expect(page.getByText('It is not saved yet: please see the marked field.')).toBeVisible();
  await expect(text(page, 'Name')).toHaveValue('The same evening');
  await expect(text(page, 'Description')).toHaveValue('Sung in Italian.');
  await expect(text(type, 'Price')).toHaveValue('30');
  await expect(type.getByRole('checkbox', { checked: true })).toHaveCount(2);

  // Another end, as another start or hall, may be what helps: the words go.
  await page.getByLabel('Ends').fill(wall(30, '22:00'));
  await expect(starts).not.toHaveAttribute('aria-invalid');
  await page.getByRole('button', { name: 'Create draft' }).click();
  await says(starts, /Another event has this hall at that time/);
  await page.getByLabel('Ends').fill('');
  await starts.fill(wall(32, '21:00'));
  await expect(starts).not.toHaveAttribute('aria-invalid');
  await page.getByRole('button', { name: 'Create draft' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'The same evening' })).toBeVisible();
  await expect(page.getByText('This is a draft')).toBeVisible();
});

test('a hall is drawn with every mistake said at its field', async ({ page, api, signedIn }) => {
  const place = await api.location({ halls: [] });
  await signedIn(page, 'organiser');
  await page.goto(`/organise/locations/${place.id}/halls/new`);
  await page.getByRole('button', { name: 'Save hall' }).click();
  await says(text(page, 'Name of the hall'), 'This must not be empty.');
  await expect(text(page, 'Name of the hall')).toBeFocused();
  await expect(page.getByText('A hall needs at least one section.')).toBeVisible();
  await page.keyboard.type('Studio');
  await page.getByRole('button', { name: 'Add rows of seats' }).click();
  await text(page, 'Label of row 2').fill('A');
  await says(text(page, 'Label of row 2'), 'Another row of the section is called so.');
  await text(page, 'Label of row 2').fill('AA');
  await text(page, 'Seats of row 1').fill('501');
  await says(text(page, 'Seats of row 1'), 'A number from 1 to 500.');
  await text(page, 'Seats of row 1').fill('8');
  await text(page, 'Accessible seats of row 1').fill('9');
  await says(text(page, 'Accessible seats of row 1'), /Numbers of seats in this row/);
  await text(page, 'Accessible seats of row 1').fill('7, 8');
  await expect(page.locator('[aria-invalid="true"]')).toHaveCount(0);
  await page.getByRole('button', { name: 'Save hall' }).click();
  await expect(page.getByRole('link', { name: /Studio/ })).toBeVisible();
});

test('a hall in use says that published events keep theirs, and they do', async ({ page, api, signedIn }) => {
  const place = await api.location();
  const event = await api.event({}, place);
  await signedIn(page, 'organiser');
  await page.goto(`/organise/locations/${place.id}/halls/${place.halls[0]?.id}`);
  await expect(page.getByText('Events that are published keep the hall as it was when they were published.')).toBeVisible();
  const stalls = page.getByRole('region', { name: 'Stalls' });
  await expect(text(stalls, 'Accessible seats of row 1')).toHaveValue('1-2');
  await stalls.getByRole('button', { name: 'Remove row C' }).click();
  await text(page.getByRole('region', { name: 'Floor' }), 'How many people').fill('70');
  await page.getByRole('button', { name: 'Save hall' }).click();
  await expect(page.getByRole('link', { name: /Hall.*90 places/ })).toBeVisible();
  const { sections } = await api.call<Availability>('GET', `/v1/events/${event.id}/availability`);
  expect(sections.map((s) => s.free).sort()).toEqual([30, 50]);
});

test('what somebody else changed meanwhile is not overwritten unseen, and nothing typed is lost', async ({
  page,
  context,
  api,
  signedIn,
  expectErrors,
}) => {
  expectErrors(/412/);
  const place = await api.location();
  const event = await api.event({ description: 'As it was.' }, place);
  await signedIn(page, 'organiser');
  const hall = `/organise/locations/${place.id}/halls/${place.halls[0]?.id}`;
  await page.goto(hall);
  await text(page, 'Name of the hall').fill('Mine');
  const other = await context.newPage();
  await signedIn(other, 'organiser');
  await other.goto(hall);
  await text(other, 'Name of the hall').fill('Theirs');
  await other.getByRole('button', { name: 'Save hall' }).click();
  await expect(other.getByRole('link', { name: /Theirs/ })).toBeVisible();
  await page.getByRole('button', { name: 'Save hall' }).click();
  await expect(page.getByText('Somebody changed this meanwhile. Load it again, then change it.')).toBeVisible();
  await expect(text(page, 'Name of the hall')).toHaveValue('Mine');
  page.once('dialog', (d) => void d.accept()); // to leave without saving

  const edit = `/organise/events/${event.id}/edit`;
  await page.goto(edit);
  await text(page, 'Name').fill('A new name');
  await other.goto(edit);
  await text(other, 'Description').fill('As it is now.');
  await other.getByRole('button', { name: 'Save changes' }).click();
  await expect(other.getByText('Saved', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Save changes' }).click();
  const dialog = page.getByRole('dialog', { name: 'Somebody else changed this event meanwhile' });
  await expect(dialog.getByRole('listitem')).toHaveText(/Description.*As it was\..*As it is now\./);
  await dialog.getByRole('button', { name: 'Save mine' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'A new name' })).toBeVisible();
  expect(await eventOf(api, event.id)).toMatchObject({ name: 'A new name', description: 'As it is now.' });
});
