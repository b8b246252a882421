import { expect, test, vi } from 'vitest';
import { currentSession, signedIn } from '../lib/session';
import * as signIn from '../lib/signIn';
import { aBooking, anEvent } from '../test/factories';
import { alex } from '../test/render';
import { api, HttpResponse, http, problem, server } from '../test/server';
import { createHold, getBooking, getEvent } from './gen/sdk.gen';

const path = { bookingId: 'bkg_1' };

test('nobody has no token', async () => {
  server.use(http.get(api('/v1/bookings/bkg_1'), ({ request }) => problem(401, String(request.headers.get('Authorization')))));
  await expect(getBooking({ path })).rejects.toMatchObject({ status: 401, code: 'null' });
});

test('a token that ran out is renewed, and the request sent again, body and key and all', async () => {
  signedIn('old', alex);
  vi.spyOn(signIn, 'renew').mockImplementation(async () => {
    signedIn('new', alex);
    return true;
  });
  const seen: string[] = [];
  server.use(
    http.post(api('/v1/holds'), async ({ request }) => {
      const { headers } = request;
      seen.push(`${headers.get('Authorization')} ${headers.get('Idempotency-Key')} ${await request.text()}`);
      return seen.length === 1 ? problem(401, 'unauthenticated') : HttpResponse.json({ token: 't' }, { status: 201 });
    }),
  );
  await createHold({ body: { eventId: 'e', items: [] }, headers: { 'Idempotency-Key': 'k' } });
  expect(seen).toEqual(['Bearer old k {"eventId":"e","items":[]}', 'Bearer new k {"eventId":"e","items":[]}']);
});

test('a token that cannot be renewed ends the session, and leaves the person known', async () => {
  signedIn('old', alex);
  vi.spyOn(signIn, 'renew').mockResolvedValue(false);
  server.use(http.get(api('/v1/bookings/bkg_1'), () => problem(401, 'unauthenticated')));
  await expect(getBooking({ path })).rejects.toMatchObject({ status: 401 });
  expect(currentSession()).toEqual({ status: 'expired', person: alex });
});

test('an answer is its data', async () => {
  signedIn('token', alex);
  server.use(http.get(api('/v1/bookings/bkg_1'), () => HttpResponse.json(aBooking())));
  await expect(getBooking({ path })).resolves.toMatchObject({ id: 'bkg_1' });
});

test('no reply is a problem that passes', async () => {
  server.use(http.get(api('/v1/bookings/bkg_1'), () => HttpResponse.error()));
  await expect(getBooking({ path })).rejects.toMatchObject({ status: 0, code: 'offline', passing: true });
});

test('what was asked for with the document is used, and where it failed asked for again', async () => {
  const ask = () => getEvent({ path: { eventId: 'evt_1' } });
  server.use(http.get(api('/v1/events/evt_1'), () => HttpResponse.json(anEvent({ name: 'From the app' }))));
  globalThis.begun = new Map([['/v1/events/evt_1', Promise.resolve(HttpResponse.json(anEvent({ name: 'With the document' })))]]);
  await expect(ask()).resolves.toMatchObject({ name: 'With the document' });
  globalThis.begun = new Map([['/v1/events/evt_1', Promise.reject(new TypeError('Failed to fetch'))]]);
  await expect(ask()).rejects.toMatchObject({ code: 'offline', passing: true });
  await expect(ask()).resolves.toMatchObject({ name: 'From the app' });
});
