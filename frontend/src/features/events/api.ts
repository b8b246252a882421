import { getJSON } from '../../lib/http';
import type { EventPage } from './types';

const parsePage = (body: unknown): EventPage => {
  if (typeof body !== 'object' || body === null || !('items' in body) || !Array.isArray(body.items)) {
    throw new TypeError('the list of events has no items');
  }
  return body as EventPage;
};

/** Upcoming events, soonest first. A page may be empty and still name the next one, so it looks a few pages ahead. */
export const listEvents = async (cursor: string | undefined, signal?: AbortSignal): Promise<EventPage> => {
  let page: EventPage = { items: [], ...(cursor && { nextCursor: cursor }) };
  for (let i = 0; i < 5 && page.items.length === 0 && (i === 0 || page.nextCursor); i++) {
    const query = new URLSearchParams({ limit: '24', ...(page.nextCursor && { cursor: page.nextCursor }) });
    page = await getJSON(`/v1/events?${query}`, parsePage, signal);
  }
  return page;
};
