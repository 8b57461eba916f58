// One caller of the broker, and the book that all of them write their answers into.

const KEPT_FAILURES = 10;
const REQUEST_LIMIT_MS = 90_000;

/** Answers of all clients, by what was asked. */
export class Book {
  /** Status → count, per action. */
  byAction = new Map();
  /** The first answers of 500 and above, and connections that broke off by themselves. */
  failures = [];
  failed = 0;
  /** Milliseconds of each request that was meant to be answered at once, per action. */
  times = new Map();

  note(action, status, milliseconds) {
    const counts = this.byAction.get(action) ?? new Map();
    this.byAction.set(action, counts.set(status, (counts.get(status) ?? 0) + 1));
    if (milliseconds === undefined) return;
    const times = this.times.get(action) ?? [];
    times.push(milliseconds);
    this.times.set(action, times);
  }

  fail(text) {
    this.failed += 1;
    if (this.failures.length < KEPT_FAILURES) this.failures.push(text);
  }

  get total() {
    return [...this.byAction.values()].flatMap((counts) => [...counts.values()]).reduce((sum, count) => sum + count, 0);
  }

  /** Requests per class of status; `hung up` are those that the client broke off on purpose. */
  classes() {
    const classes = {};
    for (const counts of this.byAction.values()) {
      for (const [status, count] of counts) {
        const name = typeof status === 'number' ? `${Math.floor(status / 100)}xx` : status;
        classes[name] = (classes[name] ?? 0) + count;
      }
    }
    return classes;
  }

  /** `p50 … ms, p99 … ms` of an action, or of all; empty when nothing of the kind was measured. */
  speed(action) {
    const times = action === undefined ? [...this.times.values()].flat() : (this.times.get(action) ?? []);
    const sorted = times.toSorted((a, b) => a - b);
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]?.toFixed(1);
    return sorted.length === 0 ? '' : `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
  }
}

/** A caller with a token. */
export class Caller {
  constructor(url, book, token) {
    Object.assign(this, { url, book, token });
  }

  /**
   * Makes one request and notes how it went under the name of the action.
   * `token`: null for none. `waits`: it may take long on purpose and says nothing about speed. `signal`: the caller may hang up.
   */
  async call(action, method, path, body, { headers = {}, waits = false, signal, token = this.token } = {}) {
    const start = performance.now();
    const options = {
      method,
      redirect: 'manual',
      signal: signal ?? AbortSignal.timeout(REQUEST_LIMIT_MS),
      headers: {
        ...(typeof token !== 'string' ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    };
    try {
      const answer = await fetch(`${this.url}${path}`, options);
      const text = await answer.text();
      this.book.note(action, answer.status, waits ? undefined : performance.now() - start);
      if (answer.status >= 500)
        this.book.fail(`${method} ${path} → ${answer.status} ${text.slice(0, 500)}\n    sent ${String(options.body).slice(0, 300)}`);
      return {
        status: answer.status,
        headers: answer.headers,
        body: /[/+]json/.test(answer.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : text,
      };
    } catch (error) {
      if (signal?.aborted) {
        this.book.note(action, 'hung up');
        return undefined;
      }
      this.book.note(action, 'broken');
      this.book.fail(`${method} ${path} → ${error.message} (${error.cause?.code ?? error.cause?.message ?? 'no cause'})`);
      return undefined;
    }
  }

  /** The same for what has to succeed before the load can begin. */
  async must(method, path, body, options) {
    const answer = await this.call('set up', method, path, body, { ...options, waits: true });
    if (answer === undefined || answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer?.status} ${JSON.stringify(answer?.body)}`);
    return answer.body;
  }
}

/** A token by the client credentials grant. */
export async function fetchToken(caller, { clientId, clientSecret }) {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  const answer = await caller.call('token', 'POST', '/oauth/token', form.toString(), {
    token: null,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  if (answer?.status !== 200) throw new Error(`No token for ${clientId}: ${answer?.status} ${JSON.stringify(answer?.body)}`);
  return answer.body.access_token;
}

/**
 * Closes the connections that fetch keeps for its next requests, for as long as the server lets it; no request can be made afterwards. What
 * the server still holds open then is its own doing. The symbol is how every copy of undici in a process shares its connections.
 */
export async function endAllConnections() {
  await globalThis[Symbol.for('undici.globalDispatcher.1')]?.destroy();
}
