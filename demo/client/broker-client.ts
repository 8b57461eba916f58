/** What an organization gets from the operator. */
export interface Credentials {
  clientId: string;
  clientSecret: string;
}

/** The broker said no: an RFC 9457 problem document. `code` is the last part of its type, such as `not-leased`. */
export class BrokerRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(`${status} ${code}: ${detail}`);
    this.name = 'BrokerRefusal';
  }
}

interface Token {
  value: string;
  /** Epoch milliseconds from which a new one is fetched. */
  renewAt: number;
}

/** Renew when this share of a token's life is over. */
const RENEW_AFTER = 0.8;

/** Requests to the broker with an access token that renews itself. Needs nothing but `fetch`. */
export class BrokerClient {
  private token: Promise<Token> | undefined;

  constructor(
    readonly url: string,
    private readonly credentials: Credentials,
  ) {}

  /**
   * One request; the answer's JSON, or undefined when it has none.
   * @throws BrokerRefusal for any status of 400 and above, TypeError when the broker cannot be reached
   */
  async call<T = unknown>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.accessToken()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await response.text();
    if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as T;
    if (response.status === 401) this.token = undefined;
    throw refusal(response.status, text);
  }

  /**
   * An answer that goes on, as it comes. @throws BrokerRefusal, TypeError when the broker cannot be reached
   */
  async open(path: string, accept: string, signal: AbortSignal): Promise<Response> {
    const authorization = `Bearer ${await this.accessToken()}`;
    const response = await fetch(`${this.url}${path}`, { headers: { authorization, accept }, signal });
    if (response.ok) return response;
    if (response.status === 401) this.token = undefined;
    throw refusal(response.status, await response.text());
  }

  private async accessToken(): Promise<string> {
    const present = await this.token;
    if (present !== undefined && Date.now() < present.renewAt) return present.value;
    // Callers that come meanwhile share the one request; a failed one is forgotten.
    this.token = this.fetchToken().catch((error: unknown) => {
      this.token = undefined;
      throw error;
    });
    return (await this.token).value;
  }

  /** OAuth 2.0 client credentials grant. */
  private async fetchToken(): Promise<Token> {
    const { clientId, clientSecret } = this.credentials;
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
    const response = await fetch(`${this.url}/oauth/token`, { method: 'POST', body: form });
    const text = await response.text();
    if (!response.ok) throw new BrokerRefusal(response.status, 'no-token', `no token for ${clientId}: ${text}`);
    const { access_token: value, expires_in: seconds } = JSON.parse(text) as { access_token: string; expires_in: number };
    return { value, renewAt: Date.now() + seconds * 1_000 * RENEW_AFTER };
  }
}

function refusal(status: number, text: string): BrokerRefusal {
  try {
    const { type, title, detail } = JSON.parse(text) as { type?: string; title?: string; detail?: string };
    const code = type?.split(/[/:#]/).at(-1) ?? 'unknown';
    return new BrokerRefusal(status, code, detail ?? title ?? '');
  } catch {
    return new BrokerRefusal(status, 'unknown', text.slice(0, 200));
  }
}
