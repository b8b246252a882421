/** One wrong field of a request: location is as in "body.attendees[0].email". */
export interface FieldProblem {
  location: string;
  message: string;
}

interface ProblemBody {
  code?: string;
  title?: string;
  detail?: string;
  errors?: { location?: string; message?: string }[];
}

/** Why the API refused (RFC 9457), or that it could not be reached: status 0, code "offline". */
export class Problem extends Error {
  readonly status: number;
  /** Stable, for choosing words: "soldOut", "holdLapsed"… */
  readonly code: string;
  readonly fields: FieldProblem[];
  /** Seconds to wait before another try, where the server says. */
  readonly retryAfter: number | undefined;

  constructor(status: number, body: ProblemBody = {}, retryAfter?: number) {
    super(body.detail ?? body.title ?? `HTTP ${status}`);
    this.name = 'Problem';
    this.status = status;
    this.code = body.code ?? (status === 0 ? 'offline' : 'unknown');
    this.fields = (body.errors ?? []).map((e) => ({ location: e.location ?? '', message: e.message ?? '' }));
    this.retryAfter = retryAfter;
  }

  /** What is wrong with one field, if anything. */
  at(location: string): string | undefined {
    return this.fields.find((f) => f.location === location)?.message;
  }

  /** Whether the same request may succeed later: no reply, too many requests, or a server in trouble. */
  get passing(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }

  static async from(response: Response): Promise<Problem> {
    const after = Number(response.headers.get('Retry-After') ?? Number.NaN);
    let body: ProblemBody = {};
    try {
      body = (await response.json()) as ProblemBody;
    } catch {
      // A proxy's own page: the status says enough.
    }
    return new Problem(response.status, body, Number.isFinite(after) ? after : undefined);
  }
}

/** Any thrown thing as a Problem: what fetch throws means that no reply came. */
export const asProblem = (thrown: unknown): Problem => {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof DOMException && thrown.name === 'AbortError') return new Problem(0, { code: 'aborted' });
  if (thrown instanceof TypeError) return new Problem(0, { code: 'offline' });
  return new Problem(0, { code: 'unknown', title: thrown instanceof Error ? thrown.message : String(thrown) });
};
