import { onlineManager } from '@tanstack/react-query';
import { cleanup, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Event, NewCheckIn } from '../../api/gen/types.gen';
import { now } from '../../lib/clock';
import { shelf } from '../../lib/storage';
import { anEvent } from '../../test/factories';
import { dora, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { rememberDoor } from './lastDoor';
import type { DoorData } from './list';
import type { ScanRecord } from './records';
import { ScanPage } from './ScanPage';

const hour = 60 * 60 * 1000;
const at = (hours: number) => new Date(now() + hours * hour).toISOString();
const running = anEvent({ id: 'evt_now', name: 'Matinee', startsAt: at(-1), endsAt: at(1) });
const later = anEvent({ id: 'evt_later', name: 'Gala', startsAt: at(240), endsAt: at(243) });
const kept: DoorData = { event: later, keys: [], bookings: [], at: now(), took: 1 };

const found = (...items: Event[]) => server.use(http.get(api('/v1/events'), () => HttpResponse.json({ items })));

beforeEach(async () => {
  await shelf('doorLists').clear();
  await shelf('doorScans').clear();
});
afterEach(() => {
  cleanup();
  onlineManager.setOnline(true);
});

const open = () => renderPage(ScanPage, { path: '/scan', texts: ['scan'], as: dora });
const group = async (name: string) => {
  const section = (await screen.findByRole('heading', { level: 2, name })).closest('section');
  if (!section) throw new Error('a heading without a section');
  return within(section);
};

test('today’s events come first, and each leads to its door', async () => {
  found(running, later);
  await open();
  expect((await group('Today')).getByRole('link', { name: /Matinee/ }).getAttribute('href')).toBe('/scan/evt_now');
  expect((await group('Coming up')).getByRole('link', { name: /Gala/ }).getAttribute('href')).toBe('/scan/evt_later');
});

test('asks for events of one’s organisations that may still be running', async () => {
  let query = new URLSearchParams();
  server.use(
    http.get(api('/v1/events'), ({ request }) => {
      query = new URL(request.url).searchParams;
      return HttpResponse.json({ items: [] });
    }),
  );
  await open();
  expect(await screen.findByText('No events to open the door for')).toBeTruthy();
  expect(query.get('mine')).toBe('true');
  expect(Date.parse(query.get('from') ?? '')).toBeLessThan(now() - 11 * hour);
});

test('the one that was used last is marked and comes first', async () => {
  found(later, { ...later, id: 'evt_other', name: 'Premiere' });
  rememberDoor('evt_other');
  await open();
  const links = (await group('Coming up')).getAllByRole('link');
  expect(links[0]?.textContent).toContain('Premiere');
  expect(links[0]?.textContent).toContain('Used last');
});

test('drafts and what is long over have no door; what is cancelled says so', async () => {
  found(
    { ...later, id: 'evt_draft', name: 'Draft', status: 'draft' },
    { ...running, id: 'evt_over', name: 'Over', endsAt: at(-3) },
    { ...later, name: 'Gone', status: 'cancelled' },
  );
  await open();
  expect((await screen.findByRole('link', { name: /Gone/ })).textContent).toContain('Cancelled');
  expect(screen.getAllByRole('link')).toHaveLength(1);
});

test('more events come on request', async () => {
  server.use(
    http.get(api('/v1/events'), ({ request }) =>
      new URL(request.url).searchParams.get('cursor') === 'more'
        ? HttpResponse.json({ items: [later] })
        : HttpResponse.json({ items: [running], nextCursor: 'more' }),
    ),
  );
  const { user } = await open();
  await user.click(await screen.findByRole('button', { name: 'Show more' }));
  expect(await screen.findByRole('link', { name: /Gala/ })).toBeTruthy();
});

test('what is kept on the device is marked, and is all there is without a network', async () => {
  await shelf<DoorData>('doorLists').set('evt_later', kept);
  await shelf<DoorData>('doorLists').set('evt_old', { ...kept, event: { ...later, id: 'evt_old', endsAt: at(-30) } });
  onlineManager.setOnline(false);
  const page = await open();
  const link = (await group('Kept on this device')).getByRole('link', { name: /Gala/ });
  expect(link.textContent).toContain('Works without a network');
  page.unmount();
  expect(await shelf('doorLists').keys()).toEqual(['evt_later']);
});

test('without a network and with nothing kept, it says what to do', async () => {
  onlineManager.setOnline(false);
  await open();
  expect(await screen.findByText('Nothing is kept on this device')).toBeTruthy();
});

test('an error is told, and tried again on request', async () => {
  found(running);
  server.use(http.get(api('/v1/events'), () => problem(403, 'forbidden'), { once: true }));
  const { user } = await open();
  expect((await screen.findByRole('alert')).textContent).toContain('This account may not do that.');
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByRole('link', { name: /Matinee/ })).toBeTruthy();
});

test('scans of doors that were left are told of, and told to the server', async () => {
  const record: ScanRecord = {
    id: 'scan-1',
    eventId: 'evt_now',
    by: dora.id,
    at: now() - hour,
    text: '07ZD-SEMR-ESA3-4400-035Z-GMMC',
    ticket: 'fedcba9876543210.0',
    verdict: { result: 'admitted', at: now() - hour, offline: true },
    sync: 'waiting',
  };
  await shelf<ScanRecord>('doorScans').set(record.id, record);
  found(running);
  server.use(
    http.post(api('/v1/check-ins'), () => HttpResponse.json({ result: 'refused', reason: 'cancelled', at: at(0) }), {
      once: true,
    }),
  );
  await open();
  expect(await screen.findByText('One scan needs a second look.')).toBeTruthy();
  expect(await shelf<ScanRecord>('doorScans').get('scan-1')).toMatchObject({ sync: 'conflict', answer: { reason: 'cancelled' } });
});

test.each([403, 404])('scans of somebody else wait for an account that may tell them, and hold up none: %i', async (status) => {
  const waiting: ScanRecord = {
    id: 'scan-other',
    eventId: 'evt_foreign',
    by: 'usr_other',
    at: now() - hour,
    text: '07ZD-SEMR-ESA3-4400-035Z-GMMC',
    ticket: 'fedcba9876543210.0',
    verdict: { result: 'admitted', at: now() - hour, offline: true },
    sync: 'waiting',
  };
  const own: ScanRecord = { ...waiting, id: 'scan-own', eventId: 'evt_now', by: dora.id, at: now() - hour / 2 };
  for (const record of [waiting, own]) await shelf<ScanRecord>('doorScans').set(record.id, record);
  found(running);
  server.use(
    http.post(api('/v1/check-ins'), async ({ request }) =>
      ((await request.json()) as NewCheckIn).scanId === 'scan-own'
        ? HttpResponse.json({ result: 'admitted', at: at(0) })
        : problem(status, status === 403 ? 'forbidden' : 'notFound'),
    ),
  );
  await open();
  await waitFor(async () => expect(await shelf<ScanRecord>('doorScans').get('scan-own')).not.toHaveProperty('sync'));
  expect(await shelf<ScanRecord>('doorScans').get('scan-other')).toMatchObject({ sync: 'waiting' });
});
