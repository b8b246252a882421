import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import type { Booking } from '../src/api/gen/types.gen';
import { expect, test } from './fixtures';
import { choosePlace, eventOf, says, text, wall } from './organising';

const attendee = 'attendee@demo.example';

/** What a tile of the dashboard says. */
const figure = (page: Page, name: string) =>
  page
    .getByRole('region', { name: 'Sales', exact: true })
    .locator('dl > div')
    .filter({ has: page.getByText(name, { exact: true }) })
    .locator('dd')
    .first();

test('from an address to the first sale', async ({ page, api, signedIn }) => {
  const house = `House ${randomUUID().slice(0, 8)}`;
  const name = `Fado ${randomUUID().slice(0, 8)}`;
  await signedIn(page, 'organiser');

  await page.goto('/organise/locations/new');
  await text(page, 'Name').fill(house);
  await text(page, 'Address').fill('Rua do Capelão 1');
  await text(page, 'City').fill('Lisboa');
  await page.getByLabel('Country').selectOption('PT');
  await page.getByLabel('Time zone').fill('Europe/Lisbon');
  await page.getByRole('button', { name: 'Create location' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'New hall' })).toBeVisible();
  await text(page, 'Name of the hall').fill('Great hall');
  await page.getByRole('button', { name: 'Add rows of seats' }).click();
  const stalls = page.getByRole('region', { name: 'Stalls' });
  await stalls.getByText('Lay out rows').click();
  await text(stalls, 'Rows').fill('3');
  await text(stalls, 'Seats in the first').fill('10');
  await text(stalls, 'More in each further').fill('2');
  await stalls.getByRole('button', { name: 'Lay out', exact: true }).click();
  await expect(stalls.getByText('Seats · 36 places')).toBeVisible();
  await text(stalls, 'Accessible seats of row 1').fill('1-2');
  await page.getByRole('button', { name: 'Add standing area' }).click();
  await text(page.getByRole('region', { name: 'Floor' }), 'How many people').fill('64');
  const preview = page.getByRole('complementary', { name: 'Preview' });
  await expect(preview.getByText('100 places')).toBeVisible();
  await expect(preview.locator('svg line')).toHaveCount(3);
  await expect(preview.locator('svg rect[width="0.84"]')).toHaveCount(2); // accessible seats are squares
  await expect(preview.locator('svg').getByText('Floor')).toBeVisible();
  await page.getByRole('button', { name: 'Save hall' }).click();
  await expect(page.getByRole('heading', { level: 1, name: house })).toBeVisible();
  await expect(page.getByRole('link', { name: /Great hall.*100 places/ })).toBeVisible();

  await page.goto('/organise/events/new');
  await text(page, 'Name').fill(name);
  await page.getByLabel('Category').selectOption('concert');
  await text(page, 'Performers').fill('Amália\nCarlos');
  await choosePlace(page, house);
  await expect(page.getByRole('radio', { name: /Great hall/ })).toBeChecked(); // its only one
  await expect(page.getByText('All times are those of the clocks there (Europe/Lisbon).')).toBeVisible();
  await page.getByLabel('Starts').fill(wall(40, '21:00'));
  await expect(page.getByLabel('Starts')).toHaveAccessibleDescription(/22:00 on your clock/); // in Berlin
  await page.getByLabel('Doors open').fill(wall(40, '20:00'));
  await page.getByLabel('On sale from').fill(wall(-1, '09:00'));
  await page.getByLabel('On sale until').fill(wall(40, '18:00'));
  for (const [title, price, section] of [
    ['Seat', '45', 'Stalls (36 places)'],
    ['Standing', '25.50', 'Floor (64 places)'],
  ] as const) {
    await page.getByRole('button', { name: 'Add a ticket type' }).click();
    const type = page.getByRole('article').last();
    await expect(text(type, 'What it is called')).toBeFocused();
    await page.keyboard.type(title);
    await text(type, 'Price').fill(price);
    for (const box of await type.getByRole('checkbox').all()) await box.uncheck();
    await type.getByRole('checkbox', { name: section }).check();
  }
  const seen = page.getByRole('complementary', { name: 'As attendees will see it' });
  for (const what of [name, 'Amália and Carlos', `${house} · Great hall · Lisboa`, 'Doors open at 20:00', '€45.00', '€25.50'])
    await expect(seen.getByText(what, { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Create draft' }).click();

  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByText('This is a draft')).toBeVisible();
  const id = new URL(page.url()).pathname.split('/').at(-1) ?? '';
  await page.getByRole('link', { name: 'View the draft' }).click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await expect(page.getByText('This is a draft. Nobody else sees it.')).toBeVisible();
  await expect(page.locator(`time[datetime="${(await eventOf(api, id)).startsAt}"]`).first()).toHaveText(/21:00/);
  await page.goBack();
  await page.getByRole('button', { name: 'Publish…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Publish the event' });
  await expect(dialog.getByText('Everybody can find and see it at once.')).toBeVisible();
  await expect(dialog.getByText('Tickets are on sale at once.')).toBeVisible();
  await expect(dialog.getByText('Sold are: Seat (€45.00) and Standing (€25.50).')).toBeVisible();
  expect((await eventOf(api, id)).status).toBe('draft');
  await dialog.getByRole('button', { name: 'Publish now' }).click();
  await expect(page.getByText('It is published')).toBeVisible();
  await expect(figure(page, 'Left')).toHaveText('100');

  await page.evaluate(() => document.documentElement.setAttribute('data-same-page', ''));
  await api.opened(id);
  const event = await eventOf(api, id);
  await api.book(event, { quantity: 2 });
  await expect(figure(page, 'Sold')).toHaveText('2');
  await expect(figure(page, 'Left')).toHaveText('98');
  await expect(figure(page, 'Revenue')).toHaveText('€90.00');
  await api.book(event, { type: 'Standing', quantity: 3 });
  await expect(figure(page, 'Sold')).toHaveText('5');
  await expect(figure(page, 'Revenue')).toHaveText('€166.50');
  const types = page.getByRole('region', { name: 'By ticket type' });
  await expect(types.getByText('3 sold · €76.50')).toBeVisible();
  await expect(page.getByRole('img', { name: '5% sold: 5 of 100' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-same-page', '');
});

test('a new time: what it does to bookings is said first, then the booking has it', async ({ page, browser, api, signedIn }) => {
  const event = await api.event({ startsAt: `${wall(30, '19:00')}:00Z` });
  const booking = await api.book(event, { email: attendee, quantity: 2 });
  const guest = await (await browser.newContext()).newPage();
  await signedIn(guest, 'attendee');
  await guest.goto(`/bookings/${booking.id}`);
  await expect(guest.locator(`time[datetime="${event.startsAt}"]`).first()).toBeVisible();

  await signedIn(page, 'organiser');
  await page.goto(`/organise/events/${event.id}`);
  await expect(figure(page, 'Sold')).toHaveText('2');
  await page.getByRole('button', { name: 'Reschedule' }).click();
  const dialog = page.getByRole('dialog', { name: 'Reschedule' });
  await expect(dialog.getByText('2 tickets stay good for the new time.')).toBeVisible();
  await expect(dialog.getByText('Buyers see the new time in their bookings and on their tickets.')).toBeVisible();
  await expect(dialog.getByText(/may cancel until the new start and gets all money back/)).toBeVisible();
  const now = dialog.getByRole('button', { name: 'Reschedule now' });
  await expect(now).toBeDisabled();
  await dialog.getByLabel('New start').fill(wall(-1, '20:00'));
  await says(dialog.getByLabel('New start'), /This is in the past/);
  await expect(now).toBeDisabled();
  await dialog.getByLabel('New start').fill(wall(45, '20:30'));
  await now.click();
  await expect(page.getByText(/^It now begins .*20:30/)).toBeVisible();
  await expect(dialog).toBeHidden();
  const moved = await eventOf(api, event.id);
  expect(moved.startsAt).not.toBe(event.startsAt);
  await expect(page.locator(`time[datetime="${moved.startsAt}"]`).first()).toHaveText(/20:30/);

  await expect.poll(async () => (await api.bookingsOf(attendee, event.id))[0]?.event.startsAt).toBe(moved.startsAt);
  await guest.reload();
  await expect(guest.locator(`time[datetime="${moved.startsAt}"]`).first()).toHaveText(/20:30/);
  await guest.context().close();
});

test('a new time at which the hall is taken is said at the field, until either time is another', async ({
  page,
  api,
  signedIn,
  expectErrors,
}) => {
  expectErrors(/409/);
  const place = await api.location();
  await api.event({ startsAt: `${wall(33, '21:00')}:00Z` }, place);
  const event = await api.event({ startsAt: `${wall(30, '19:00')}:00Z`, endsAt: `${wall(30, '22:00')}:00Z` }, place);
  await signedIn(page, 'organiser');
  await page.goto(`/organise/events/${event.id}`);
  await page.getByRole('button', { name: 'Reschedule' }).click();
  const dialog = page.getByRole('dialog', { name: 'Reschedule' });
  const starts = dialog.getByLabel('New start');
  await expect(dialog.getByText('Nobody has tickets yet.')).toBeVisible();
  await starts.fill(wall(33, '19:00'));
  await expect(dialog.getByLabel('Ends')).toHaveValue(wall(33, '22:00')); // moves along
  await dialog.getByLabel('Ends').fill(wall(33, '23:30'));
  await dialog.getByRole('button', { name: 'Reschedule now' }).click();
  await says(starts, /Another event has this hall at that time/);
  await expect(starts).toHaveValue(wall(33, '19:00'));
  await dialog.getByLabel('Ends').fill(wall(33, '21:30'));
  await expect(starts).not.toHaveAttribute('aria-invalid');
  await dialog.getByRole('button', { name: 'Reschedule now' }).click();
  await expect(page.getByText(/^It now begins /)).toBeVisible();
});

test('bookings are found by a word, and taken along as a file', async ({ page, api, signedIn }) => {
  const event = await api.event({ name: `Fado & Friends ${randomUUID().slice(0, 8)}` });
  const ada = await api.book(event, {
    email: 'ada@example.org',
    seats: [
      ['B', 1],
      ['B', 2],
    ],
    names: ['Ada Lovelace', '=1+2, "quoted"'],
  });
  const rui = await api.book(event, { email: 'rui@example.org', type: 'Floor', names: ['Rui Conceição'] });
  await signedIn(page, 'organiser');
  await page.goto(`/organise/events/${event.id}`);
  await page.getByRole('link', { name: 'Bookings', exact: true }).click();
  const table = page.getByRole('table', { name: 'Bookings' });
  await expect(page.getByText('2 bookings')).toBeVisible();
  const search = page.getByRole('searchbox', { name: 'Name, e-mail, number or seat' });
  await search.fill('conceicao'); // without its accents
  await expect(page.getByText('1 booking', { exact: true })).toBeVisible();
  await expect(table.getByRole('button', { name: /Rui Conceição/ })).toBeVisible();
  await expect(table.getByText('Ada Lovelace')).toHaveCount(0);
  await search.fill('B 2');
  await table.getByRole('button', { name: /Ada Lovelace/ }).click();
  await expect(table.getByText('Stalls B 2')).toBeVisible();
  await search.fill('nobody at all');
  await expect(page.getByText('0 bookings')).toBeVisible();

  // The file has all bookings, whatever was looked for.
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export as CSV' }).click()]);
  expect(file.suggestedFilename()).toMatch(/^fado-friends-.*\.csv$/);
  const [header, ...lines] = (await readFile(await file.path(), 'utf8')).trimEnd().split('\r\n');
  expect(header).toBe(
    '\ufeffBooking,Booked,State of booking,Ticket,State of ticket,Ticket type,Section,Row,Seat,Name,E-mail,Price,Currency,Came in',
  );
  const line = (b: Booking, at: number, rest: string) =>
    `${b.id},${b.createdAt},confirmed,${b.tickets[at]?.id},valid,${rest},EUR,`;
  const nameOf = (b: Booking, at: number, plain: string) =>
    b.tickets[at]?.attendee.name === 'Ada Lovelace' ? 'Ada Lovelace' : plain;
  const formula = `"'=1+2, ""quoted"""`; // which no spreadsheet runs
  expect(lines.sort()).toEqual(
    [
      line(ada, 0, `Seat,Stalls,B,${ada.tickets[0]?.seat.number},${nameOf(ada, 0, formula)},,45.00`),
      line(ada, 1, `Seat,Stalls,B,${ada.tickets[1]?.seat.number},${nameOf(ada, 1, formula)},,45.00`),
      line(rui, 0, 'Floor,Floor,,,Rui Conceição,,25.00'),
    ].sort(),
  );
});

test('an event is cancelled: whom it concerns is said first, then bookings are cancelled and refunded', async ({
  page,
  browser,
  api,
  signedIn,
}) => {
  const event = await api.event();
  const booking = await api.book(event, { email: attendee, quantity: 2 });
  await api.book(event, { type: 'Floor', quantity: 1 });
  await signedIn(page, 'organiser');
  await page.goto(`/organise/events/${event.id}`);
  await expect(figure(page, 'Revenue')).toHaveText('€115.00');
  await page.getByRole('button', { name: 'Cancel event…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel the event' });
  await expect(dialog.getByText('3 tickets of 2 bookings will be cancelled and €115.00 refunded.')).toBeVisible();
  await expect(dialog.getByText(/This cannot be undone/)).toBeVisible();
  const forGood = dialog.getByRole('button', { name: 'Cancel for good' });
  await expect(forGood).toBeDisabled();
  await text(dialog, 'Reason').fill('The singer is ill.');
  await text(dialog, 'Type the name of the event to be sure').fill('Another one');
  await expect(forGood).toBeDisabled();
  expect((await eventOf(api, event.id)).status).toBe('published');
  await text(dialog, 'Type the name of the event to be sure').fill(event.name.toUpperCase());
  await forGood.click();
  await expect(page.getByText('This event is cancelled')).toBeVisible();
  await expect(page.getByText('The singer is ill.')).toBeVisible();

  await expect
    .poll(async () => (await api.bookingsOf(attendee, event.id)).map((b) => [b.status, b.refunded?.amount]))
    .toEqual([['cancelled', 9000]]);
  await expect(page.getByText('All tickets are cancelled, and what was paid goes back to the buyers.')).toBeVisible();
  const guest = await (await browser.newContext()).newPage();
  await signedIn(guest, 'attendee');
  await guest.goto(`/bookings/${booking.id}`);
  await expect(guest.getByText('€90.00 refunded')).toBeVisible();
  await guest.context().close();
});
