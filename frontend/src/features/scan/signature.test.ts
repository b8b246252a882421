import { afterEach, expect, test, vi } from 'vitest';
import { readCode, type TicketCode } from './code';
import { codes } from './samples';

const proofOf = (text: string): NonNullable<TicketCode['proof']> => {
  const proof = readCode(text)?.proof;
  if (!proof) throw new Error('not a signed code');
  return proof;
};

/** The module anew, since it remembers what the browser can do. */
const load = async () => {
  vi.resetModules();
  return import('./signature');
};

afterEach(() => vi.restoreAllMocks());

const cases: [string, string, readonly (typeof codes.key)[], boolean][] = [
  ['genuine', codes.good, [codes.key], true],
  ['genuine, renamed', codes.renamed, [codes.key], true],
  ['tampered', codes.good.replace('CK85', 'CK86'), [codes.key], false],
  ['of a key that is unknown', codes.good, [], false],
];

test.each(cases)('by the browser: %s', async (_, text, keys, want) => {
  const { isGenuine } = await load();
  expect(await isGenuine(proofOf(text), [...keys])).toBe(want);
});

test.each(cases)('by the library where the browser cannot: %s', async (_, text, keys, want) => {
  const generate = vi.spyOn(crypto.subtle, 'generateKey').mockRejectedValue(new DOMException('', 'NotSupportedError'));
  const verify = vi.spyOn(crypto.subtle, 'verify');
  const { isGenuine } = await load();
  expect(await isGenuine(proofOf(text), [...keys])).toBe(want);
  expect(verify).not.toHaveBeenCalled();
  if (keys.length > 0) expect(generate).toHaveBeenCalled();
});
