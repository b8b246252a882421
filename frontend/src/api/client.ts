import { takeBegun } from '../lib/begun';
import { learnTime } from '../lib/clock';
import { asProblem, Problem } from '../lib/problem';
import { accessToken, sessionExpired } from '../lib/session';
import { renew } from '../lib/signIn';
import type { CreateClientConfig } from './gen/client.gen';

const withToken = (request: Request): Request => {
  const token = accessToken();
  if (token) request.headers.set('Authorization', `Bearer ${token}`);
  return request;
};

/** fetch with the person's token, renewed once where it is refused; everything but success is thrown as a Problem. */
const authorizedFetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
  const request = new Request(input, init);
  const again = request.clone(); // a body can be read once
  try {
    const begun = takeBegun(withToken(request));
    let response = await (begun ?? globalThis.fetch(request));
    if (response.status === 401 && accessToken()) {
      if (await renew()) response = await globalThis.fetch(withToken(again));
      if (response.status === 401) sessionExpired();
    }
    if (!begun) learnTime(response.headers.get('Date')); // it may have come a while ago
    if (!response.ok) throw await Problem.from(response);
    return response;
  } catch (thrown) {
    throw asProblem(thrown);
  }
};

/** Generated code calls this once. Public reads carry the token too, since drafts are their organisation's. */
export const createClientConfig: CreateClientConfig = (config) => ({
  ...config,
  baseUrl: globalThis.location?.origin ?? '',
  fetch: authorizedFetch,
  throwOnError: true,
});
