import { expect, test } from 'vitest';
import { asProblem, Problem } from './problem';

const answer = (status: number, body: string, headers = {}) => new Response(body, { status, headers });

test('a problem of the API is read whole', async () => {
  const body = { title: 'Unprocessable', code: 'invalid', errors: [{ location: 'body.name', message: 'must not be empty' }] };
  const p = await Problem.from(answer(422, JSON.stringify(body)));
  expect(p).toMatchObject({ status: 422, code: 'invalid', passing: false });
  expect(p.at('body.name')).toBe('must not be empty');
  expect(p.at('body.city')).toBeUndefined();
});

test.each([
  ['a proxy’s page', answer(502, '<html>'), 'unknown', true, undefined],
  ['come back later', answer(503, '{"code":"opening"}', { 'Retry-After': '2' }), 'opening', true, 2],
  ['too many', answer(429, '{}', { 'Retry-After': 'soon' }), 'unknown', true, undefined],
  ['refused', answer(409, '{"code":"soldOut"}'), 'soldOut', false, undefined],
])('%s', async (_, response, code, passing, retryAfter) => {
  const p = await Problem.from(response);
  expect([p.code, p.passing, p.retryAfter]).toEqual([code, passing, retryAfter]);
});

test.each([
  ['no network', new TypeError('Failed to fetch'), 'offline'],
  ['aborted', new DOMException('', 'AbortError'), 'aborted'],
  ['anything', 'odd', 'unknown'],
])('%s is a problem, too', (_, thrown, code) => expect(asProblem(thrown).code).toBe(code));
