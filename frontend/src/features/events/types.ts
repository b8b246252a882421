import type { Money } from '../../lib/format';

export type Availability = 'available' | 'few' | 'soldOut' | 'notOnSale' | 'ended' | 'cancelled';

export interface Event {
  id: string;
  name: string;
  category: string;
  imageUrl?: string;
  startsAt: string;
  timeZone: string;
  location: { name: string; city: string; country: string };
  availability: Availability;
  priceFrom?: Money;
}

export interface EventPage {
  items: Event[];
  nextCursor?: string;
}
