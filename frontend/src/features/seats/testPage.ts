import { vi } from 'vitest';
import type { Availability, Event, Location, SeatMap } from '../../api/gen/types.gen';
import { aLocation, anEvent } from '../../test/factories';
import { renderPage } from '../../test/render';
import { api, HttpResponse, http, server } from '../../test/server';
import { SeatsPage } from './SeatsPage';
import { parseSeats } from './search';
import { mapFrom } from './testSeats';

/** For tests: twelve seats and fourteen; A5 is held, A6 sold, B1 and B2 are wheelchair places. */
export const stalls = '....hx...... ww............';

/** For tests: what is left, all of it unless told. */
export const counts = (seats = 26, floor = 300, held = 0): Availability => ({
  eventId: 'evt_1',
  asOf: '2031-05-01T12:00:00Z',
  sections: [
    { sectionId: 'sec_stalls', total: 26, free: seats, held, sold: 26 - seats - held },
    { sectionId: 'sec_floor', total: 300, free: floor, held: 0, sold: 300 - floor },
  ],
});

interface Answers {
  event?: Partial<Event>;
  location?: Partial<Location>;
  left?: Availability;
  seats?: SeatMap;
}

/** For tests: the API as the page asks it. */
export const answer = ({ event = {}, location = {}, left = counts(), seats = mapFrom(stalls) }: Answers = {}): void =>
  server.use(
    http.get(api('/v1/events/evt_1'), () => HttpResponse.json(anEvent(event))),
    http.get(api('/v1/locations/loc_1'), () => HttpResponse.json(aLocation(location))),
    http.get(api('/v1/events/evt_1/availability'), () => HttpResponse.json(left)),
    http.get(api('/v1/events/evt_1/seats'), () => HttpResponse.json(seats)),
  );

/** For tests: opens the page, at a section or without. jsdom paints nothing. */
export const show = (search = '') => {
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
  return renderPage(SeatsPage, {
    path: '/events/$eventId/seats',
    at: `/events/evt_1/seats${search}`,
    texts: ['seats'],
    validateSearch: (s) => ({ ...parseSeats(s) }),
  });
};
