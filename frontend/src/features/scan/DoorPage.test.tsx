import { onlineManager } from '@tanstack/react-query';
import { act, cleanup, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { CheckIn, DoorBooking, NewCheckIn } from '../../api/gen/types.gen';
import { forgetSession } from '../../lib/session';
import { shelf } from '../../lib/storage';
import { anEvent, aSeat } from '../../test/factories';
import { dora, renderPage } from '../../test/render';
import { api, HttpResponse, http, problem, server } from '../../test/server';
import { CameraError, mayUseCamera, openCamera } from './camera';
import { DoorPage } from './DoorPage';
import { openDecoder } from './decoder';
import { codes } from './samples';
import { isGenuine } from './signature';

vi.mock(import('./camera'), async (original) => ({ ...(await original()), mayUseCamera: vi.fn(), openCamera: vi.fn() }));
vi.mock(import('./decoder'));
vi.mock(import('./signature'), { spy: true });

const event = anEvent({ doorsAt: '2020-06-01T19:00:00Z' });
const place = { status: 'valid', section: 'Stalls', row: 'A', number: 7 } as const;
const booking: DoorBooking = {
  bookingId: codes.bookingId,
  tickets: [{ ...place, name: 'Ana' }, place, { ...place, name: 'Rui', rotation: 1, number: 9 }],
};
const admitted: CheckIn = {
  result: 'admitted',
  at: '2031-06-01T19:30:00Z',
  attendee: { name: 'Ana' },
  seat: aSeat({ row: 'A', number: 7 }),
};

let asked: NewCheckIn[] = [];

/** The server's answers to scans, one after the other; the last again and again. */
const answer = (...answers: (CheckIn | Response)[]) =>
  server.use(
    http.post(api('/v1/check-ins'), async ({ request }) => {
      asked.push((await request.json()) as NewCheckIn);
      const next = answers.length > 1 ? answers.shift() : answers[0];
      return next instanceof Response ? next.clone() : HttpResponse.json(next);
    }),
  );

const listed = (items: DoorBooking[]) =>
  server.use(http.get(api('/v1/events/evt_1/door-list'), () => HttpResponse.json({ items })));

beforeEach(async () => {
  asked = [];
  await shelf('doorLists').clear();
  await shelf('doorScans').clear();
  HTMLMediaElement.prototype.play = vi.fn(async () => undefined);
  vi.mocked(mayUseCamera).mockResolvedValue(false);
  server.use(
    http.get(api('/v1/events/evt_1'), () => HttpResponse.json(event)),
    http.get(api('/.well-known/myevents-ticket-keys'), () => HttpResponse.json({ keys: [codes.key] })),
  );
  listed([booking]);
});
afterEach(() => {
  cleanup(); // before the network is back, so that nothing is told any more
  onlineManager.setOnline(true);
});

const open = async () => {
  const page = await renderPage(DoorPage, { path: '/scan/$eventId', at: '/scan/evt_1', texts: ['scan'], as: dora });
  await screen.findByRole('heading', { level: 1, name: event.name });
  return page;
};

type Page = Awaited<ReturnType<typeof open>>;

const type = async ({ user }: Page, code: string) => {
  await user.click(screen.getByRole('textbox', { name: 'Code on the ticket' }));
  await user.paste(code);
  await user.keyboard('{Enter}');
};
/** What is seen, not what is announced. */
const shown = (text: string | RegExp) => screen.getByText(text, { ignore: '[role=alert]' });
const result = (name: string) => screen.findByRole('heading', { level: 2, name });
const next = ({ user }: Page) => user.click(screen.getByRole('button', { name: 'Next' }));
const goOffline = () => act(() => onlineManager.setOnline(false));
const figure = (name: string) => screen.getByText(name, { selector: 'dt' }).nextElementSibling;

describe('with a network', () => {
  test('a good code admits, by name and seat, and is counted', async () => {
    answer(admitted);
    const page = await open();
    expect(figure('In')?.textContent).toContain('0 of 3');
    await type(page, codes.goodShort.toLowerCase());
    await result('Admitted');
    expect(screen.getByRole('alert').textContent).toContain('Admitted. Ana. Stalls, row A, seat 7');
    expect(asked).toEqual([{ eventId: 'evt_1', code: codes.goodShort, scanId: expect.any(String) }]);
    await next(page);
    expect(screen.queryByRole('heading', { level: 2, name: 'Admitted' })).toBeNull();
    expect(figure('In')?.textContent).toContain('1 of 3');
    expect(figure('By you')?.textContent).toContain('1');
    expect(document.activeElement).toBe(screen.getByRole('textbox'));
  });

  test('a used one says since when', async () => {
    answer({ ...admitted, result: 'alreadyIn' });
    await type(await open(), codes.good);
    await result('Already in');
    expect(shown(/^In since 0?8:30/)).toBeTruthy();
  });

  test.each([
    ['wrongEvent', 'This ticket is for another event.'],
    ['cancelled', 'This ticket was cancelled.'],
    ['renewed', /its code is out of date/],
    ['forged', 'This code is not genuine.'],
    ['tooEarly', 'The doors are not open yet.'],
  ] as const)('a refused one says why: %s', async (reason, text) => {
    answer({ result: 'refused', reason, at: admitted.at });
    await type(await open(), codes.good);
    await result('Refused');
    expect(shown(text)).toBeTruthy();
  });

  test('what is no code at all is refused without asking', async () => {
    answer(admitted);
    await type(await open(), 'https://example.org/menu');
    await result('Refused');
    expect(shown('This is not a ticket’s code.')).toBeTruthy();
    expect(asked).toEqual([]);
  });

  test('nothing typed is said at the field', async () => {
    const page = await open();
    await page.user.click(screen.getByRole('button', { name: 'Check' }));
    expect(screen.getByRole('textbox', { description: 'Type the code first.' })).toBeTruthy();
  });

  test('a hand scanner works wherever the focus is, and space goes on', async () => {
    answer(admitted);
    const page = await open();
    screen.getByRole('button', { name: 'Leave the door' }).focus();
    await page.user.keyboard(`${codes.goodShort}{Enter}`);
    await result('Admitted');
    await page.user.keyboard(' ');
    expect(screen.queryByRole('button', { name: 'Next' })).toBeNull();
    await page.user.keyboard(`${codes.renamedShort}{Enter}`);
    await result('Admitted');
    expect(asked.map((a) => a.code)).toEqual([codes.goodShort, codes.renamedShort]);
    expect(screen.getByRole('heading', { level: 1 })).toBeTruthy();
  });

  test('an account of another organisation is told so', async () => {
    server.use(http.get(api('/v1/events/evt_1/door-list'), () => problem(404, 'notFound')));
    await renderPage(DoorPage, { path: '/scan/$eventId', at: '/scan/evt_1', texts: ['scan'], as: dora });
    expect((await screen.findByRole('alert')).textContent).toContain('This does not exist, or no longer.');
    expect(screen.getByRole('link', { name: 'Choose another event' }).getAttribute('href')).toBe('/scan');
  });

  test('a server in trouble is asked again on request', async () => {
    server.use(http.get(api('/v1/events/evt_1/door-list'), () => problem(503, 'unavailable'), { once: true }));
    const { user } = await renderPage(DoorPage, { path: '/scan/$eventId', at: '/scan/evt_1', texts: ['scan'], as: dora });
    await user.click(await screen.findByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { name: event.name })).toBeTruthy();
  });

  test('a list of many pages is read whole', async () => {
    server.use(
      http.get(api('/v1/events/evt_1/door-list'), ({ request }) =>
        new URL(request.url).searchParams.get('cursor')
          ? HttpResponse.json({ items: [booking] })
          : HttpResponse.json({ items: [], nextCursor: 'more' }),
      ),
    );
    await open();
    expect(figure('In')?.textContent).toContain('0 of 3');
  });

  test('sounds are turned off for good', async () => {
    const page = await open();
    await page.user.click(screen.getByRole('button', { name: 'Turn sounds off' }));
    expect(screen.getByRole('button', { name: 'Turn sounds on' })).toBeTruthy();
    page.unmount();
    await open();
    expect(screen.getByRole('button', { name: 'Turn sounds on' })).toBeTruthy();
  });

  test('the way back leads to the choice', async () => {
    const page = await open();
    await page.user.click(screen.getByRole('button', { name: 'Leave the door' }));
    expect(await screen.findByText('at /scan')).toBeTruthy();
  });
});

describe('without a network', () => {
  test('a good code admits once, is told later under the same name, and counts', async () => {
    const page = await open();
    goOffline();
    await type(page, codes.good);
    await result('Admitted');
    expect(shown('Offline: will be synced')).toBeTruthy();
    await next(page);
    expect(figure('To sync')?.textContent).toContain('1');
    await type(page, codes.goodShort);
    await result('Already in');
    await next(page);
    expect(asked).toEqual([]);

    answer(admitted);
    act(() => onlineManager.setOnline(true));
    await waitFor(() => expect(screen.queryByText('To sync')).toBeNull());
    expect(asked).toEqual([{ eventId: 'evt_1', code: codes.good, scanId: expect.any(String), scannedAt: expect.any(String) }]);
    expect(figure('In')?.textContent).toContain('1 of 3');
  });

  test('a tampered code is refused', async () => {
    const page = await open();
    goOffline();
    await type(page, codes.good.replace('CK85', 'CK86'));
    await result('Refused');
    expect(shown('This code is not genuine.')).toBeTruthy();
    expect(shown('Decided offline')).toBeTruthy();
  });

  test('a code that is on no list is for the person at the door to decide', async () => {
    listed([]);
    const page = await open();
    goOffline();
    await type(page, codes.good);
    await result('Please decide');
    expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Do not let in' }));
    await page.user.click(screen.getByRole('button', { name: 'Let in' }));
    await result('Admitted');
    await next(page);
    expect(figure('To sync')?.textContent).toContain('1');
  });

  test('a signature that cannot be checked for want of the program is worth a typed code, and the next is scanned as ever', async () => {
    const page = await open();
    goOffline();
    const missing = new TypeError('Failed to fetch dynamically imported module');
    vi.mocked(isGenuine).mockRejectedValueOnce(missing).mockRejectedValueOnce(missing);
    await type(page, codes.good);
    await result('Admitted');
    await next(page);
    await type(page, codes.good);
    await result('Already in');
    await next(page);
    await type(page, codes.renamed);
    await result('Admitted');
  });

  test('such a code that is on no list is for the person at the door to decide', async () => {
    listed([]);
    const page = await open();
    goOffline();
    vi.mocked(isGenuine).mockRejectedValueOnce(new TypeError('Failed to fetch dynamically imported module'));
    await type(page, codes.good);
    await result('Please decide');
  });

  test('whoever was let in by decision is in, for the next scan too, with and without a network', async () => {
    listed([]);
    const page = await open();
    goOffline();
    await type(page, codes.good);
    await result('Please decide');
    await page.user.click(screen.getByRole('button', { name: 'Let in' }));
    await result('Admitted');
    await next(page);
    await type(page, codes.good);
    await result('Already in');
    await next(page);
    expect(figure('To sync')?.textContent).toContain('1');

    answer(admitted);
    act(() => onlineManager.setOnline(true));
    await waitFor(() => expect(asked).toHaveLength(1));
    await waitFor(() => expect(screen.queryByText('To sync')).toBeNull());
    answer({ ...admitted, result: 'alreadyIn' });
    await type(page, codes.good);
    await result('Already in');
    expect(asked[1]?.scanId).not.toBe(asked[0]?.scanId);
  });

  test('what the server would not have admitted is listed until somebody looked at it', async () => {
    const page = await open();
    goOffline();
    await type(page, codes.good);
    await result('Admitted');
    await next(page);
    answer({ ...admitted, result: 'alreadyIn', at: '2031-06-01T18:05:00Z' });
    act(() => onlineManager.setOnline(true));
    await page.user.click(await screen.findByRole('button', { name: 'Last scans, one needs a second look' }));
    const dialog = screen.getByRole('dialog', { name: 'Scans on this device' });
    expect(within(dialog).getByText(/^Let in twice: the ticket had been used since 0?7:05/)).toBeTruthy();
    await page.user.click(within(dialog).getByRole('button', { name: 'Done' }));
    await waitFor(() => expect(screen.queryByText(/Let in twice/)).toBeNull());
  });

  test('a lost reply is no second person', async () => {
    answer(HttpResponse.error(), admitted);
    const page = await open();
    await type(page, codes.good);
    await result('Admitted');
    expect(shown('Offline: will be synced')).toBeTruthy();
    await waitFor(() => expect(asked).toHaveLength(2));
    expect(asked[1]?.scanId).toBe(asked[0]?.scanId);
    await waitFor(() => expect(screen.queryByText('To sync')).toBeNull());
  });

  test('a page that is opened anew has the list, the scans and what is yet to be told', async () => {
    const page = await open();
    goOffline();
    await type(page, codes.good);
    await result('Admitted');
    page.unmount();
    const again = await open();
    expect(shown(/^Offline, by the list of/)).toBeTruthy();
    await waitFor(() => expect(figure('To sync')?.textContent).toContain('1'));
    await type(again, codes.good);
    await result('Already in');
  });

  test('back online without a session, it asks to sign in and goes on meanwhile', async () => {
    const page = await open();
    act(() => forgetSession());
    await type(page, codes.good);
    await result('Admitted');
    expect(asked).toEqual([]);
    await next(page);
    expect(figure('To sync')?.textContent).toContain('1');
    expect(screen.getByRole('button', { name: 'Sign in and go on' })).toBeTruthy();
  });

  test('a door that was never opened with a network says so', async () => {
    onlineManager.setOnline(false);
    await renderPage(DoorPage, { path: '/scan/$eventId', at: '/scan/evt_1', texts: ['scan'], as: dora });
    expect((await screen.findByRole('alert')).textContent).toContain('There is no connection just now.');
  });
});

describe('the camera', () => {
  const track = Object.assign(new EventTarget(), {
    stop: vi.fn(),
    getCapabilities: () => ({ torch: true }),
    applyConstraints: vi.fn(),
  });
  const stream = { getTracks: () => [track], getVideoTracks: () => [track] } as unknown as MediaStream;
  const read = vi.fn<() => Promise<string | undefined>>();

  beforeEach(() => {
    read.mockReset().mockResolvedValue(undefined);
    vi.mocked(openDecoder).mockResolvedValue({ read, close: vi.fn() });
    vi.mocked(openCamera).mockResolvedValue(stream);
    track.applyConstraints.mockReset().mockResolvedValue(undefined);
  });

  test('starts by itself where it may, and takes a code once for as long as it is in view', async () => {
    answer(admitted);
    vi.mocked(mayUseCamera).mockResolvedValue(true);
    const page = await open();
    expect(await screen.findByText('Hold the code in the frame')).toBeTruthy();
    read.mockResolvedValue(codes.good);
    await result('Admitted');
    await next(page);
    const looks = read.mock.calls.length;
    await waitFor(() => expect(read.mock.calls.length).toBeGreaterThan(looks + 3));
    expect(asked).toHaveLength(1);
  });

  test('takes no other code while somebody is being told no', async () => {
    answer({ result: 'refused', reason: 'cancelled', at: admitted.at }, admitted);
    vi.mocked(mayUseCamera).mockResolvedValue(true);
    const page = await open();
    read.mockResolvedValue(codes.good);
    await result('Refused');
    read.mockResolvedValue(codes.renamed);
    const looks = read.mock.calls.length;
    await waitFor(() => expect(read.mock.calls.length).toBeGreaterThan(looks + 2));
    expect(asked).toHaveLength(1);
    await next(page);
    await result('Admitted');
    expect(asked[1]?.code).toBe(codes.renamed);
  });

  test('is started by a press, and has a light', async () => {
    const page = await open();
    await page.user.click(screen.getByRole('button', { name: 'Start the camera' }));
    await page.user.click(await screen.findByRole('button', { name: 'Light on', pressed: false }));
    expect(track.applyConstraints).toHaveBeenCalledWith({ advanced: [{ torch: true }] });
    expect(await screen.findByRole('button', { name: 'Light off', pressed: true })).toBeTruthy();
  });

  test.each([
    ['denied', 'The camera is blocked'],
    ['missing', 'No camera was found'],
    ['busy', 'The camera is in use'],
    ['unsupported', 'This browser gives no camera'],
    ['failed', 'The camera does not work just now'],
  ] as const)('says what to do where there is none: %s', async (trouble, text) => {
    vi.mocked(openCamera).mockRejectedValue(new CameraError(trouble));
    const page = await open();
    await page.user.click(screen.getByRole('button', { name: 'Start the camera' }));
    expect(await screen.findByText(text)).toBeTruthy();
    expect(!!screen.queryByRole('button', { name: 'Try again' })).toBe(trouble !== 'unsupported');
  });

  test('that is taken away says so', async () => {
    const page = await open();
    await page.user.click(screen.getByRole('button', { name: 'Start the camera' }));
    await screen.findByText('Hold the code in the frame');
    act(() => void track.dispatchEvent(new Event('ended')));
    expect(await screen.findByText('The camera is in use')).toBeTruthy();
    expect(track.stop).toHaveBeenCalled();
  });
});
