import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { OutboundGuard } from '../../security/outbound/outbound-guard.js';
import { ignoreLateErrors } from './late-socket-error.js';
import { NoAnswer } from './no-answer.js';
import { placeOf } from './wire-address.js';

const MAX_HEADER_BYTES = 16 * 1024;
const IDLE_MS = 4_000;
const PORTS = { http: 80, https: 443 };

/** A request to be made. */
export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
}

/** Names of credentials that HTTP knows, with what each is. */
export const HTTP_CREDENTIALS = {
  token: 'sent as Authorization: Bearer',
  username: 'with password, sent as Authorization: Basic',
  password: 'see username',
  apiKey: 'sent in the header that the setting apiKeyHeader names',
  ca: 'PEM of the authorities to trust instead of the usual ones',
  cert: 'PEM of the client certificate',
  key: 'PEM of its private key',
} as const;

/** Headers that show the credentials. */
export function credentialHeaders(credentials: Readonly<Record<string, string>>, apiKeyHeader = 'x-api-key'): Record<string, string> {
  const { token, username, password = '', apiKey } = credentials;
  const basic = username === undefined ? undefined : `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const authorization = token === undefined ? basic : `Bearer ${token}`;
  return {
    ...(authorization === undefined ? {} : { authorization }),
    ...(apiKey === undefined ? {} : { [apiKeyHeader]: apiKey }),
  };
}

/** Makes HTTP requests to where the outbound guard lets it; follows no redirect. */
export class HttpWire {
  private readonly http = new HttpAgent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 16 });
  private readonly https: HttpsAgent;

  constructor(
    private readonly guard: OutboundGuard,
    credentials: Readonly<Record<string, string>> = {},
  ) {
    const { ca, cert, key } = credentials;
    const tls = { ...(ca === undefined ? {} : { ca }), ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
    this.https = new HttpsAgent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 16, ...tls });
  }

  /** Closes idle connections. */
  close(): void {
    this.http.destroy();
    this.https.destroy();
  }

  /** The answer as soon as its status is there; its body is still to be read. @throws NoAnswer */
  async request(request: WireRequest): Promise<IncomingMessage> {
    for (;;) {
      const trace = { sent: false, reused: false };
      try {
        return await this.attempt(request, trace);
      } catch (error) {
        const { signal } = request;
        // The server closed an idle connection while the request was on its way: nobody has read it.
        const wasStale = trace.reused && (error as { code?: unknown }).code === 'ECONNRESET' && !signal.aborted;
        if (!wasStale) throw new NoAnswer(trace.sent, signal.aborted ? signal.reason : error);
      }
    }
  }

  private async attempt({ method, url, headers, body, signal }: WireRequest, trace: Trace): Promise<IncomingMessage> {
    const { address, family, port, servername } = await placeOf(this.guard, url, PORTS);
    signal.throwIfAborted();
    const secure = url.protocol === 'https:';
    const request = (secure ? httpsRequest : httpRequest)({
      host: address,
      family,
      port,
      method,
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, 'user-agent': 'twinfed', ...(body === undefined ? {} : { 'content-length': body.length }), ...headers },
      agent: secure ? this.https : this.http,
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
      ...(servername === undefined ? {} : { servername }),
    });
    const answered = answerOf(request, trace, secure);
    request.end(body);
    return answered;
  }
}

/** What is known of a request that failed. */
interface Trace {
  sent: boolean;
  reused: boolean;
}

function answerOf(request: ClientRequest, trace: Trace, secure: boolean): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('socket', (socket) => {
      trace.reused = request.reusedSocket;
      trace.sent = request.reusedSocket;
      if (request.reusedSocket) return;
      socket.once(secure ? 'secureConnect' : 'connect', () => (trace.sent = true));
      ignoreLateErrors(socket);
    });
    request.once('response', resolve);
    request.on('error', reject);
  });
}

/** A body of at most so many bytes; undefined when it is larger, or breaks off. */
export async function bodyOf(answer: IncomingMessage, most: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of answer) {
      size += (chunk as Buffer).length;
      if (size > most) {
        answer.destroy();
        return undefined;
      }
      chunks.push(chunk as Buffer);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
