/** What the API says when it refuses, RFC 9457. */
export class ProblemError extends Error {
  readonly status: number;

  constructor(status: number, title: string) {
    super(title);
    this.name = 'ProblemError';
    this.status = status;
  }
}

/** Gets JSON and hands it to parse, which checks what it needs. */
export const getJSON = async <T>(url: string, parse: (body: unknown) => T, signal?: AbortSignal): Promise<T> => {
  const response = await fetch(url, { headers: { Accept: 'application/json' }, ...(signal && { signal }) });
  if (!response.ok) throw new ProblemError(response.status, `${response.status} ${response.statusText}`.trim());
  return parse(await response.json());
};
