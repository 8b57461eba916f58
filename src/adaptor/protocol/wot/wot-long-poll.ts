import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { retryAfterMs } from '../http-answer.js';
import { bodyOf, credentialHeaders, HttpWire } from '../http-wire.js';
import type { InboundListener, InboundSession } from '../inbound-protocol.js';
import { failureOf } from '../no-answer.js';
import { type Attempt, ConnectionOver, Reconnecting } from '../reconnecting.js';
import type { ThingForm } from './thing-description.js';

const MAX_DOCUMENT_BYTES = 1024 * 1024;
/** A poll that was open for so long, and only then ended, stood; sooner, and it counts as such once it was answered. Milliseconds. */
const STANDS_MS = 500;
/** Then the poll is made anew: a connection that died silently brings nothing. */
const RENEW_MS = 120_000;

/** Events of HTTP forms with the subprotocol `longpoll`: each answer is an event, and the next request waits for the next. */
export class LongPolling implements InboundSession {
  private readonly wire: HttpWire;
  private readonly connection: Reconnecting;

  constructor(
    guard: OutboundGuard,
    private readonly form: ThingForm,
    private readonly credentials: Readonly<Record<string, string>>,
    private readonly listener: InboundListener,
  ) {
    this.wire = new HttpWire(guard, credentials);
    this.connection = new Reconnecting(listener, (attempt) => this.poll(attempt));
  }

  async close(): Promise<void> {
    await this.connection.close();
    this.wire.close();
  }

  private async poll({ signal, stands }: Attempt): Promise<void> {
    let isTold = false;
    const tell = (): void => {
      if (isTold) return;
      isTold = true;
      stands();
    };
    while (!signal.aborted) {
      const standing = setTimeout(tell, STANDS_MS);
      try {
        await this.once(signal, tell);
      } finally {
        clearTimeout(standing);
      }
    }
  }

  private async once(signal: AbortSignal, tell: () => void): Promise<void> {
    const { method, url, contentType, security } = this.form;
    const renew = AbortSignal.timeout(RENEW_MS);
    const header = security.scheme === 'apikey' ? security.header : undefined;
    const headers = { accept: contentType, ...credentialHeaders(this.credentials, header) };
    const answer = await this.wire.request({ method, url, headers, signal: AbortSignal.any([signal, renew]) }).catch((error: unknown) => {
      if (signal.aborted || renew.aborted) return undefined;
      throw new ConnectionOver(failureOf(error).reason);
    });
    if (answer === undefined) return;
    const status = answer.statusCode ?? 0;
    if (status < 200 || status >= 300) {
      answer.destroy();
      throw new ConnectionOver(`it answered with HTTP ${status}`, retryAfterMs(answer.headers['retry-after']));
    }
    tell();
    const document = await bodyOf(answer, MAX_DOCUMENT_BYTES);
    if (document === undefined) throw new ConnectionOver('its answer broke off, or has more than 1 MB');
    // 204: the thing has nothing to tell, and wants to be asked again.
    if (status !== 204) await this.listener.received({ document, mediaType: answer.headers['content-type'] ?? contentType });
  }
}
