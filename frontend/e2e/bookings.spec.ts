import { AxeBuilder } from '@axe-core/playwright';
import type { CheckIn } from '../src/api/gen/types.gen';
import { expect, test } from './fixtures';

const email = 'attendee@demo.example';

test('a renamed ticket has a new code: the door refuses the old one and admits the new', async ({ page, api, signedIn }) => {
  const event = await api.event({ startsAt: new Date(Date.now() + 60 * 60_000).toISOString() });
  const booking = await api.book(event, { email, quantity: 2, names: ['Ada', 'Rui'] });
  const old = booking.tickets[1]?.code;
  const checkIn = (code: string | undefined) => api.organise<CheckIn>('POST', '/v1/check-ins', { eventId: event.id, code });

  await signedIn(page, 'attendee');
  await page.goto('/bookings');
  await page.getByRole('link', { name: event.name }).click();
  const card = page.getByRole('article').nth(1);
  await card.getByRole('button', { name: 'Change the name' }).click();
  await expect(card.getByText('The old one stops working at the door.', { exact: false })).toBeVisible();
  await card.getByLabel('Name', { exact: true }).fill('Iris');
  await card.getByRole('button', { name: 'Save' }).click();
  await expect(card.getByText('Iris')).toBeVisible();
  await expect(card.getByRole('button', { name: 'Change the name' })).toBeFocused();

  const [after] = await api.bookingsOf(email, event.id);
  expect(after?.tickets[1]?.attendee.name).toBe('Iris');
  expect(await checkIn(old)).toMatchObject({ result: 'refused', reason: 'renewed' });
  expect(await checkIn(after?.tickets[1]?.code)).toMatchObject({ result: 'admitted' });
  await page.reload();
  await expect(page.getByText(/Used at the door/)).toBeVisible();
});

test('one ticket is cancelled: the refund is said first, then given, and the seat is free again', async ({
  page,
  api,
  signedIn,
}) => {
  const event = await api.event();
  const booking = await api.book(event, {
    email,
    seats: [
      ['A', 3],
      ['A', 4],
    ],
    names: ['Ada', 'Rui'],
  });
  await signedIn(page, 'attendee');
  await page.goto(`/bookings/${booking.id}`);
  await page.getByRole('article').nth(1).getByRole('button', { name: 'Cancel' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel tickets' });
  await expect(dialog.getByText('You get back €45.00.')).toBeVisible();
  expect((await api.bookingsOf(email, event.id))[0]?.refunded).toBeUndefined();
  await dialog.getByRole('button', { name: 'Cancel one ticket' }).click();
  await expect(page.getByText('One ticket is cancelled. €45.00 is on its way back to you.')).toBeVisible();
  await expect(page.getByText('€45.00 refunded')).toBeVisible();
  await expect(page.getByRole('article').nth(1).getByText('Cancelled')).toBeVisible();
  await api.book(event, { seats: [['A', 4]] });

  await page.getByRole('button', { name: 'Cancel tickets…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel one ticket' }).click();
  await page.getByRole('link', { name: 'My bookings' }).first().click();
  const cancelled = page.getByRole('region', { name: 'Cancelled or not completed' });
  await expect(cancelled.getByRole('link', { name: event.name })).toBeVisible();
  await expect(cancelled.getByText('€90.00 refunded').first()).toBeVisible();
});

test('whoever has just booked is told so, in a place that has the focus', async ({ page, api, signedIn }) => {
  const event = await api.event();
  const booking = await api.book(event, { email, names: ['Ada'] });
  await signedIn(page, 'attendee');
  await page.goto(`/bookings/${booking.id}?justBooked=true`);
  await expect(page.getByRole('region', { name: 'You’re going!' })).toBeFocused();
});

test('a calendar takes the event', async ({ page, api, signedIn }) => {
  const event = await api.event({ name: 'Fado & Friends' });
  const booking = await api.book(event, { email });
  await signedIn(page, 'attendee');
  await page.goto(`/bookings/${booking.id}`);
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Add to calendar' }).click(),
  ]);
  expect(file.suggestedFilename()).toBe('fado-friends.ics');
});

test('on paper each ticket is a page, with all that the door needs', async ({ page, api, signedIn }) => {
  const event = await api.event();
  const booking = await api.book(event, { email, quantity: 3 });
  await signedIn(page, 'attendee');
  await page.goto(`/bookings/${booking.id}`);
  await expect(page.getByRole('article')).toHaveCount(3);
  const paper = (await page.pdf({ format: 'A4' })).toString('latin1');
  expect(paper.match(/\/Type\s*\/Page\b(?!s)/g)).toHaveLength(3);
  await page.emulateMedia({ media: 'print' });
  await expect(page.getByRole('article').first().getByText(event.name)).toBeVisible();
  await expect(page.getByRole('navigation')).toBeHidden();
  await expect(page.getByRole('button', { name: 'Share' }).first()).toBeHidden();
});

for (const [look, colorScheme, language] of [
  ['light', 'light', 'en'],
  ['dark', 'dark', 'en'],
  ['from right to left', 'light', 'ar'],
] as const) {
  test(`nothing keeps anybody out: ${look}`, async ({ page, api, signedIn }) => {
    const event = await api.event();
    const booking = await api.book(event, { email, quantity: 2, names: ['Ada'] });
    await signedIn(page, 'attendee');
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.addInitScript((l) => localStorage.setItem('myevents.language', JSON.stringify(l)), language);
    const clean = async (name: string) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(
        violations.map((v) => `${v.id}: ${v.nodes[0]?.html}`),
        name,
      ).toEqual([]);
    };
    await page.goto('/bookings');
    await expect(page.getByRole('article').first()).toBeVisible();
    await clean('the list');
    await page.goto(`/bookings/${booking.id}?justBooked=true`);
    await expect(page.getByRole('article')).toHaveCount(2);
    await clean('the booking');
    const buttons = page.getByRole('article').first().getByRole('button');
    await buttons.nth(1).click();
    await clean('naming');
    await page.getByRole('article').first().getByRole('button').last().click();
    await buttons.nth(2).click();
    await clean('sharing');
    await page.keyboard.press('Escape');
    await buttons.nth(3).click();
    await expect(page.getByRole('dialog').getByText(/45/)).toBeVisible();
    await clean('cancelling');
    await page.keyboard.press('Escape');
    await buttons.first().click();
    await clean('the code');
  });
}
