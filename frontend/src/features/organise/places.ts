import type { Section } from '../../api/gen/types.gen';

type Measured = Pick<Section, 'capacity' | 'rows'>;

/** How many people a section has room for. */
export const placesOf = (s: Measured): number => s.capacity ?? (s.rows ?? []).reduce((n, r) => n + r.seats, 0);

export const placesIn = (sections: readonly Measured[]): number => sections.reduce((n, s) => n + placesOf(s), 0);
