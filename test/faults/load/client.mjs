/** What came back; status 0 when nothing did (refused, cut off, timed out): then nobody knows what was done. */
export async function call(url, method, path, { token, body, timeoutMs = 4_000, headers = {} } = {}) {
  try {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await answer.text();
    const isJson = /[/+]json\b/.test(answer.headers.get('content-type') ?? '');
    return { status: answer.status, body: isJson ? JSON.parse(text) : text, headers: answer.headers };
  } catch (error) {
    return { status: 0, body: undefined, error };
  }
}

/** Whether the same request may simply be made again. */
export function isPassing({ status }) {
  return status === 0 || status === 429 || status === 503;
}

/** Path of a twin's own resources. */
export const twinPath = (id) => `/v1/twins/${encodeURIComponent(id)}`;
