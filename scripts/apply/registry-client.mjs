/** The broker refused; `problem` is its problem document. */
export class Refused extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title ?? 'The broker refused.');
    this.problem = problem;
  }
}

async function read(answer) {
  const text = await answer.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = { title: `The broker answered ${answer.status}`, detail: text.slice(0, 500) };
  }
  if (!answer.ok) throw new Refused({ status: answer.status, ...body });
  return body;
}

/** A caller of the registry with a token. */
export class RegistryClient {
  constructor(url, token) {
    this.url = url;
    this.token = token;
  }

  /** Exchanges client id and secret for a token. Throws {@link Refused}. */
  static async connect(url, clientId, clientSecret) {
    const base = url.replace(/\/+$/, '');
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
    const answer = await read(await fetch(`${base}/oauth/token`, { method: 'POST', body }));
    return new RegistryClient(base, answer.access_token);
  }

  /** Applies the set, or tells the plan. Throws {@link Refused}. */
  async apply(set, query, twins) {
    const answer = await fetch(`${this.url}/v1/twin-sets/${encodeURIComponent(set)}?${new URLSearchParams(query)}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ twins }),
    });
    return read(answer);
  }
}
