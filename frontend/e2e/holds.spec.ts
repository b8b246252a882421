import { expect, test } from './fixtures';
import { openCheckout, pay, tickets } from './purchases';

test.use({ settings: { MYEVENTS_HOLD_TTL: '12s' } });

const booked = /\/bookings\/bkg_\w+\?justBooked=true/;

test('time that ran out is asked for anew; the names stay', async ({ page, api, signedIn }) => {
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, [{ ticketTypeId: event.ticketTypes[0]?.id ?? '', quantity: 2 }]);
  await tickets(page, 2).getByLabel('Name').fill('Rui Costa');
  await expect(page.getByRole('heading', { name: 'The time ran out' })).toBeVisible();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(tickets(page, 2).getByLabel('Name')).toHaveValue('Rui Costa');
  await pay(page, '€90.00').click();
  await page.waitForURL(booked);
  expect(await api.bookingsOf('attendee@demo.example', event.id)).toHaveLength(1);
});

test('more time is had once, also after a reload', async ({ page, api, signedIn }) => {
  const event = await api.event();
  await signedIn(page, 'attendee');
  await openCheckout(page, event.id, [{ ticketTypeId: event.ticketTypes[0]?.id ?? '', quantity: 2 }]);
  await page.getByRole('button', { name: 'Need more time?' }).click();
  await expect(page.getByText('You have extra time. This works once.')).toBeVisible();
  await expect(page.getByRole('timer')).toHaveText(/0:(1[3-9]|2\d)/);
  await page.reload();
  await expect(page.getByText('You have extra time. This works once.')).toBeVisible();
  await pay(page, '€90.00').click();
  await page.waitForURL(booked);
});
