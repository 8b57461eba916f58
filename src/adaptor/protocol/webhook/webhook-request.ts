import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { ignoreLateErrors } from '../late-socket-error.js';
import { NoAnswer } from '../no-answer.js';
import type { HttpAnswer } from '../http-answer.js';

/** How much of an answer is read; what comes beyond closes the connection. */
export const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
/** An idle connection is closed after this time, in milliseconds: an endpoint without traffic has none. */
const IDLE_MS = 4_000;

/** A request to be made. */
export interface HttpCall {
  readonly method: 'POST' | 'OPTIONS';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly signal: AbortSignal;
}

/** Makes bounded HTTP requests to where the outbound guard lets it. */
export class WebhookClient {
  private readonly http = new HttpAgent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 16 });
  private readonly https: HttpsAgent;

  /** @param ca authorities to trust instead of the system's, PEM */
  constructor(
    private readonly guard: OutboundGuard,
    ca?: string,
  ) {
    this.https = new HttpsAgent({ keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 16, ...(ca === undefined ? {} : { ca }) });
  }

  /** Closes idle connections. */
  close(): void {
    this.http.destroy();
    this.https.destroy();
  }

  /**
   * One request and its answer. The status counts as soon as it is there: an answer that does not end is cut off.
   * @throws NoAnswer
   */
  async call(call: HttpCall): Promise<HttpAnswer> {
    for (;;) {
      const trace: Trace = { sent: false, reused: false };
      try {
        return await this.attempt(call, trace);
      } catch (error) {
        // The server closed an idle connection while the request was on its way: nobody has read it.
        const wasStale = trace.reused && (error as { code?: unknown }).code === 'ECONNRESET' && !call.signal.aborted;
        if (!wasStale) throw new NoAnswer(trace.sent, call.signal.aborted ? call.signal.reason : error);
      }
    }
  }

  private async attempt(call: HttpCall, trace: Trace): Promise<HttpAnswer> {
    const { url, method, headers, body, signal } = call;
    const { address, family } = await this.guard.resolve(url.hostname);
    signal.throwIfAborted();
    const secure = url.protocol === 'https:';
    const options = {
      host: address,
      family,
      port: url.port === '' ? (secure ? 443 : 80) : Number(url.port),
      method,
      path: `${url.pathname}${url.search}`,
      headers: {
        host: url.host,
        'user-agent': 'twinfed-webhook',
        ...(body === undefined ? {} : { 'content-length': body.length }),
        ...headers,
      },
      agent: secure ? this.https : this.http,
      maxHeaderSize: MAX_HEADER_BYTES,
      signal,
      ...(isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? { servername: url.hostname } : {}),
    };
    const request = (secure ? httpsRequest : httpRequest)(options);
    const answered = answerOf(request, trace, secure, signal);
    request.end(body);
    return answered;
  }
}

/** What is known of a request that failed. */
interface Trace {
  sent: boolean;
  reused: boolean;
}

function answerOf(request: ClientRequest, trace: Trace, secure: boolean, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    request.once('socket', (socket) => {
      trace.reused = request.reusedSocket;
      trace.sent = request.reusedSocket;
      if (request.reusedSocket) return;
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        trace.sent = true;
      });
      ignoreLateErrors(socket);
    });
    let hasStatus = false;
    request.once('response', (response) => {
      hasStatus = true;
      void readBody(request, response, signal).then((body) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    request.on('error', (error) => {
      if (!hasStatus) reject(error);
    });
  });
}

/** The body as text; undefined when it is too large, breaks off or does not end in time. Never rejects. */
async function readBody(request: ClientRequest, response: IncomingMessage, signal: AbortSignal): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    const cut = (): void => {
      request.destroy();
      resolve(undefined);
    };
    signal.addEventListener('abort', cut, { once: true });
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) cut();
      else chunks.push(chunk);
    });
    response.on('error', cut);
    response.on('aborted', cut);
    response.on('end', () => {
      signal.removeEventListener('abort', cut);
      resolve(Buffer.concat(chunks).toString('utf8'));
    });
  });
}
