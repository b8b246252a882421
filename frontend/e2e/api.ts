import { randomUUID } from 'node:crypto';
import type { Booking, Event, Location, NewEvent, NewLocation } from '../src/api/gen/types.gen';
import type { Platform, Role } from './platform';

/** The API beside the browser: makes what a test needs, and tells what became of it. */
export class Api {
  constructor(readonly platform: Platform) {}

  /** Calls the API; email is who does, absent nobody. Throws on every status but success, unless allow names it. */
  async call<T>(
    method: string,
    path: string,
    { body, email, role, key, allow = [] }: { body?: unknown; email?: string; role?: Role; key?: string; allow?: number[] } = {},
  ): Promise<T> {
    const response = await fetch(this.platform.url + path, {
      method,
      headers: {
        ...(email && { Authorization: `Bearer ${this.platform.token(email, role)}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(key && { 'Idempotency-Key': key }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok && !allow.includes(response.status)) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  organise<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.call(method, path, { body, email: 'organiser@demo.example', role: 'organiser' });
  }

  /** A location with one hall: Stalls, rows A to C of ten seats each (A1 and A2 accessible), and a Floor for 50. */
  location(change: Partial<NewLocation> = {}): Promise<Location> {
    return this.organise('POST', '/v1/locations', {
      name: `House ${randomUUID().slice(0, 8)}`,
      address: 'Teststraße 1',
      city: 'Wien',
      country: 'AT',
      timeZone: 'Europe/Vienna',
      latitude: 48.2,
      longitude: 16.37,
      halls: [
        {
          name: 'Hall',
          sections: [
            {
              name: 'Stalls',
              kind: 'seated',
              rows: ['A', 'B', 'C'].map((label) => ({ label, seats: 10, ...(label === 'A' && { accessible: [1, 2] }) })),
            },
            { name: 'Floor', kind: 'standing', capacity: 50 },
          ],
        },
      ],
      ...change,
    });
  }

  /** A published event in the first hall of a location of its own, open for holds: a seat 45.00 €, the floor 25.00 €. */
  async event(change: Partial<NewEvent> = {}, place?: Location): Promise<Event> {
    const location = place ?? (await this.location());
    const hall = location.halls[0];
    if (!hall) throw new Error('the location has no hall');
    const section = (kind: string) => hall.sections.filter((s) => s.kind === kind).map((s) => s.id);
    const price = (amount: number) => ({ amount, currency: 'EUR' });
    const types = [
      { name: 'Seat', price: price(4500), sectionIds: section('seated') },
      { name: 'Floor', price: price(2500), sectionIds: section('standing') },
    ].filter((t) => t.sectionIds.length > 0);
    const draft = await this.organise<Event>('POST', '/v1/events', {
      name: `Concert ${randomUUID().slice(0, 8)}`,
      category: 'concert',
      locationId: location.id,
      hallId: hall.id,
      startsAt: new Date(Date.now() + 30 * 24 * 3_600_000).toISOString(),
      ticketTypes: types,
      ...change,
    });
    const event = await this.organise<Event>('POST', `/v1/events/${draft.id}/publish`);
    await this.opened(event.id);
    return event;
  }

  /** Waits until places of a published event can be had: within 2 s. */
  async opened(eventId: string): Promise<void> {
    for (const end = Date.now() + 60_000; Date.now() < end; ) {
      const { status } = await fetch(`${this.platform.url}/v1/events/${eventId}/availability`);
      if (status === 200) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error(`event ${eventId} did not open`);
  }

  /** Books some places of a ticket type (by name), or given seats of its first section. */
  async book(
    event: Event,
    {
      email = 'buyer@example.org',
      type = 'Seat',
      quantity = 1,
      seats = [] as [row: string, number: number][],
      names = [] as string[],
    } = {},
  ): Promise<Booking> {
    const ticketType = event.ticketTypes.find((t) => t.name === type);
    if (!ticketType) throw new Error(`the event has no ticket type ${type}`);
    const item =
      seats.length > 0
        ? {
            ticketTypeId: ticketType.id,
            seats: seats.map(([row, number]) => ({ sectionId: ticketType.sectionIds[0], row, number })),
          }
        : { ticketTypeId: ticketType.id, quantity };
    return this.call('POST', '/v1/bookings', {
      email,
      key: randomUUID(),
      body: {
        eventId: event.id,
        items: [item],
        payment: { method: 'test', token: 'ok' },
        ...(names.length > 0 && { attendees: names.map((name) => ({ name })) }),
      },
    });
  }

  /** Somebody's bookings of an event. */
  async bookingsOf(email: string, eventId: string): Promise<Booking[]> {
    const { items } = await this.call<{ items: Booking[] }>('GET', '/v1/bookings?limit=100', { email });
    return items.filter((b) => b.eventId === eventId);
  }
}
