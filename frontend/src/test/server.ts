import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';

/** The API as a test wants it: server.use(http.get(api('/v1/events'), …)). A request that no handler knows fails the test. */
export const server = setupServer();

/** An address of the API. */
export const api = (path: string): string => `${location.origin}${path}`;

/** What the API answers when it refuses. */
export const problem = (status: number, code: string, errors: { location: string; message: string }[] = [], headers = {}) =>
  HttpResponse.json(
    { type: 'about:blank', title: code, status, code, errors },
    { status, headers: { 'Content-Type': 'application/problem+json', ...headers } },
  );

export { HttpResponse, http };
