/** What came back: JSON parsed where it is JSON. */
export interface Answer<T = unknown> {
  status: number;
  headers: Headers;
  body: T;
}

/** What to send besides method, path and body. */
export interface Extras {
  token?: string | undefined;
  headers?: Readonly<Record<string, string>>;
}

/** Sends one request. A body that is no string goes out as JSON. Reads the answer whole. */
export async function send<T = unknown>(url: string, method: string, body?: unknown, extras: Extras = {}): Promise<Answer<T>> {
  const headers = new Headers(extras.headers);
  if (extras.token !== undefined) headers.set('authorization', `Bearer ${extras.token}`);
  if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
  const answer = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = /[/+]json\b/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, headers: answer.headers, body: (json ? JSON.parse(text) : text) as T };
}

/** An access token for a client, by the client credentials grant. */
export async function fetchToken(baseUrl: string, clientId: string, clientSecret: string): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  const answer = await send<{ access_token: string }>(`${baseUrl}/oauth/token`, 'POST', form.toString(), {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  if (answer.status !== 200) throw new Error(`No token for ${clientId}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body.access_token;
}
