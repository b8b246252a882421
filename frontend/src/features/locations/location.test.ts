import { expect, test } from 'vitest';
import { aLocation } from '../../test/factories';
import { degreesIn, draftOfLocation, emptyLocation, newLocationOf, patchOf, wrongInLocation } from './location';

const draft = () => draftOfLocation(aLocation());

test('what is opened and saved is the same', () => {
  const { name, address, city, country, latitude, longitude, timeZone } = aLocation();
  expect(newLocationOf(draft())).toEqual({ name, address, city, country, latitude, longitude, timeZone });
  expect(wrongInLocation(draft())).toEqual({});
});

test('what is emptied is removed', () => {
  expect(patchOf({ ...draft(), latitude: '', longitude: '' })).toMatchObject({ latitude: null, longitude: null, region: null });
});

test.each([
  ['48.2', 48.2],
  ['-8,5', -8.5],
  ['91', undefined],
  ['north', undefined],
  ['', undefined],
])('degrees %s', (text, want) => expect(degreesIn(text, 90)).toBe(want));

test.each([
  [{ name: '' }, 'name', 'empty'],
  [{ address: 'x'.repeat(501) }, 'address', 'long'],
  [{ country: '' }, 'country', 'empty'],
  [{ timeZone: 'Lisbon town' }, 'timeZone', 'timeZone'],
  [{ latitude: '99' }, 'latitude', 'range'],
  [{ latitude: '' }, 'latitude', 'both'],
  [{ longitude: '' }, 'longitude', 'both'],
] as const)('%o is told at %s', (change, field, text) => {
  expect(wrongInLocation({ ...draft(), ...change })[field]?.text).toBe(text);
});

test('an empty form names all that is needed', () => {
  expect(Object.keys(wrongInLocation(emptyLocation('Europe/Lisbon')))).toEqual(['name', 'address', 'city', 'country']);
});
