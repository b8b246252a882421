import type { Location, LocationPatch, NewLocation } from '../../api/gen/types.gen';

/** A location as it is typed. */
export interface LocationDraft {
  name: string;
  address: string;
  city: string;
  region: string;
  country: string;
  timeZone: string;
  latitude: string;
  longitude: string;
}

export const emptyLocation = (timeZone: string): LocationDraft => ({
  name: '',
  address: '',
  city: '',
  region: '',
  country: '',
  timeZone,
  latitude: '',
  longitude: '',
});

export const draftOfLocation = (l: Location): LocationDraft => ({
  name: l.name,
  address: l.address,
  city: l.city,
  region: l.region ?? '',
  country: l.country,
  timeZone: l.timeZone,
  latitude: l.latitude === undefined ? '' : String(l.latitude),
  longitude: l.longitude === undefined ? '' : String(l.longitude),
});

const decimal = /^-?\d{1,3}([.,]\d+)?$/;

/** Degrees that were typed, with a point or a comma; undefined where they are none. */
export const degreesIn = (text: string, most: number): number | undefined => {
  if (!decimal.test(text.trim())) return undefined;
  const n = Number(text.trim().replace(',', '.'));
  return Math.abs(n) <= most ? n : undefined;
};

export interface WrongField {
  text: 'empty' | 'long' | 'range' | 'both' | 'timeZone';
  values?: Record<string, number>;
}

const longest = { name: 200, address: 500, city: 200, region: 200 } as const;

/** Whether there is a time zone of that name: more than Intl lists, such as UTC. */
const isZone = (name: string): boolean => {
  try {
    return !!name && !!new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
};

/** What is wrong, by field. */
export const wrongInLocation = (l: LocationDraft): Partial<Record<keyof LocationDraft, WrongField>> => {
  const wrong: Partial<Record<keyof LocationDraft, WrongField>> = {};
  for (const field of ['name', 'address', 'city', 'region'] as const) {
    const text = l[field].trim();
    if (!text && field !== 'region') wrong[field] = { text: 'empty' };
    if ([...text].length > longest[field]) wrong[field] = { text: 'long', values: { most: longest[field] } };
  }
  if (!l.country) wrong.country = { text: 'empty' };
  if (!isZone(l.timeZone)) wrong.timeZone = { text: 'timeZone' };
  for (const [field, most] of [
    ['latitude', 90],
    ['longitude', 180],
  ] as const) {
    if (l[field].trim() && degreesIn(l[field], most) === undefined)
      wrong[field] = { text: 'range', values: { least: -most, most } };
  }
  if (!l.latitude.trim() && l.longitude.trim()) wrong.latitude = { text: 'both' };
  if (l.latitude.trim() && !l.longitude.trim()) wrong.longitude = { text: 'both' };
  return wrong;
};

/** What the API takes for a new location in which nothing is wrong. */
export const newLocationOf = (l: LocationDraft): NewLocation => {
  const latitude = degreesIn(l.latitude, 90);
  const longitude = degreesIn(l.longitude, 180);
  return {
    name: l.name.trim(),
    address: l.address.trim(),
    city: l.city.trim(),
    ...(l.region.trim() && { region: l.region.trim() }),
    country: l.country,
    timeZone: l.timeZone,
    ...(latitude !== undefined && longitude !== undefined && { latitude, longitude }),
  };
};

/** The same as a change; what was emptied is removed. */
export const patchOf = (l: LocationDraft): LocationPatch => ({
  region: null,
  latitude: null,
  longitude: null,
  ...newLocationOf(l),
});
