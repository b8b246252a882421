declare global {
  /** What headStart.ts has asked for, by path and query. */
  var begun: Map<string, Promise<Response>> | undefined;
}

const patience = 10_000; // milliseconds after which what was asked for with the document is old

/** The answer to a request that was already asked for with the document, once. */
export const takeBegun = (request: Request): Promise<Response> | undefined => {
  const { begun } = globalThis;
  if (!begun || request.method !== 'GET' || request.headers.has('Authorization')) return undefined;
  const { pathname, search } = new URL(request.url);
  const answer = begun.get(pathname + search);
  begun.delete(pathname + search);
  return performance.now() < patience ? answer : undefined;
};
