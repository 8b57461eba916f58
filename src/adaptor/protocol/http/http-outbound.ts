import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { bodyOf, credentialHeaders, HTTP_CREDENTIALS, HttpWire } from '../http-wire.js';
import type { WireLoss } from '../inbound-protocol.js';
import { failureOf } from '../no-answer.js';
import { contentOf, mediaTypeOf, NOT_SAYABLE } from '../outbound-content.js';
import type {
  OutboundDelivery,
  OutboundEndpoint,
  OutboundProtocol,
  OutboundSession,
  SendOutcome,
  Verification,
} from '../outbound-protocol.js';
import { SettingsReader } from '../settings-reader.js';
import { outcomeOf } from '../http-answer.js';
import { faultsOf, HTTP_OUTBOUND_SCHEMA, type HttpOutboundSettings } from './http-settings.js';

const MAX_ANSWER_BYTES = 1024 * 1024;

/** Deliveries as requests to a twin's own HTTP server. */
export class HttpOutbound implements OutboundProtocol {
  readonly name = 'http';
  readonly credentials = Object.keys(HTTP_CREDENTIALS);
  private readonly reader: SettingsReader<HttpOutboundSettings>;

  constructor(private readonly guard: OutboundGuard) {
    this.reader = new SettingsReader('http', HTTP_OUTBOUND_SCHEMA, (settings) => faultsOf(settings, (address) => guard.permits(address)));
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  limits(settings: unknown): { maxInFlight: number; timeoutMs: number } {
    return settings as HttpOutboundSettings;
  }

  /** None: whatever is sent of a message, the headers name it, and the next of a key waits for the answer. */
  losses(): readonly WireLoss[] {
    return [];
  }

  open({ settings, credentials = {} }: OutboundEndpoint): OutboundSession {
    return new HttpOutboundSession(new HttpWire(this.guard, credentials), settings as HttpOutboundSettings, credentials);
  }
}

class HttpOutboundSession implements OutboundSession {
  private readonly closing = new AbortController();
  private readonly url: URL;

  constructor(
    private readonly wire: HttpWire,
    private readonly settings: HttpOutboundSettings,
    private readonly credentials: Readonly<Record<string, string>>,
  ) {
    this.url = new URL(settings.url);
  }

  /** There is no handshake: whoever gave the URL, and what credentials it wants, answers for it. It must be there. */
  async verify(signal?: AbortSignal): Promise<Verification> {
    try {
      const answer = await this.wire.request({ method: 'OPTIONS', url: this.url, headers: this.own(), signal: this.limit(signal) });
      answer.resume();
      const status = answer.statusCode ?? 0;
      return status < 500 ? { kind: 'agreed' } : { kind: 'refused', reason: `it answered OPTIONS with HTTP ${status}` };
    } catch (error) {
      return { kind: 'refused', reason: failureOf(error).reason };
    }
  }

  async send(delivery: OutboundDelivery, signal?: AbortSignal): Promise<SendOutcome> {
    const { content, mediaType = mediaTypeOf(content), method } = this.settings;
    const body = contentOf(delivery, content);
    if (body === undefined) return { kind: 'retry', fault: 'message', reason: NOT_SAYABLE };
    const limit = this.limit(signal);
    const headers = { ...this.own(), 'content-type': mediaType, ...headersOf(delivery) };
    try {
      const answer = await this.wire.request({ method, url: this.url, headers, body, signal: limit });
      const bytes = await bodyOf(answer, MAX_ANSWER_BYTES);
      return this.outcome(answer.statusCode ?? 0, answer.headers, bytes);
    } catch (error) {
      return { kind: 'retry', ...failureOf(error) };
    }
  }

  close(): Promise<void> {
    this.closing.abort();
    this.wire.close();
    return Promise.resolve();
  }

  private outcome(status: number, headers: Parameters<typeof outcomeOf>[0]['headers'], bytes: Buffer | undefined): SendOutcome {
    const outcome = outcomeOf({ status, headers, body: bytes?.toString('utf8') });
    const { content, answers = content === 'message' ? 'message' : 'result' } = this.settings;
    if (outcome.kind !== 'accepted' || answers === 'message') return outcome;
    const mediaType = headers['content-type'];
    if (bytes === undefined || bytes.length === 0) return { kind: 'accepted' };
    return { kind: 'accepted', result: { document: bytes, ...(mediaType === undefined ? {} : { mediaType }) } };
  }

  private own(): Record<string, string> {
    return { ...this.settings.headers, ...credentialHeaders(this.credentials, this.settings.apiKeyHeader) };
  }

  private limit(signal?: AbortSignal): AbortSignal {
    const signals = [AbortSignal.timeout(this.settings.timeoutMs), this.closing.signal];
    return AbortSignal.any(signal === undefined ? signals : [...signals, signal]);
  }
}

/** What a server may want to know of a delivery beside its content. */
function headersOf({ deliveryId, messageId, sender, action, subject, attempt, traceparent }: OutboundDelivery): Record<string, string> {
  return {
    'idempotency-key': deliveryId,
    'twinfed-message-id': encodeURIComponent(messageId),
    'twinfed-sender': encodeURIComponent(sender),
    'twinfed-action': action,
    ...(subject === undefined ? {} : { 'twinfed-subject': encodeURIComponent(subject) }),
    'twinfed-attempt': String(attempt),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
