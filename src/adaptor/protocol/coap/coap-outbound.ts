import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { WireLoss } from '../inbound-protocol.js';
import { failureOf } from '../no-answer.js';
import { contentOf, duplicatesUnnamed, NOT_SAYABLE } from '../outbound-content.js';
import type {
  OutboundDelivery,
  OutboundEndpoint,
  OutboundProtocol,
  OutboundSession,
  SendOutcome,
  Verification,
} from '../outbound-protocol.js';
import { SettingsReader } from '../settings-reader.js';
import { CoapClient, type CoapAnswer } from './coap-request.js';
import { COAP_OUTBOUND_SCHEMA, type CoapOutboundSettings, faultsOf } from './coap-settings.js';

const DEFAULT_MAX_AGE_S = 60;

/** Deliveries as requests to a constrained twin. */
export class CoapOutbound implements OutboundProtocol {
  readonly name = 'coap';
  private readonly reader: SettingsReader<CoapOutboundSettings>;

  constructor(private readonly guard: OutboundGuard) {
    this.reader = new SettingsReader('coap', COAP_OUTBOUND_SCHEMA, (settings) => faultsOf(settings, (address) => guard.permits(address)));
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  limits(settings: unknown): { maxInFlight: number; timeoutMs: number } {
    return settings as CoapOutboundSettings;
  }

  losses(settings: unknown): readonly WireLoss[] {
    const duplicates = duplicatesUnnamed((settings as CoapOutboundSettings).content, 'CoAP');
    if (duplicates.length === 0) return [];
    return [...duplicates, { kind: 'order-not-kept', detail: 'a datagram of a request that was given up may arrive after a newer one' }];
  }

  open({ settings }: OutboundEndpoint): OutboundSession {
    return new CoapOutboundSession(new CoapClient(this.guard), settings as CoapOutboundSettings);
  }
}

class CoapOutboundSession implements OutboundSession {
  private readonly closing = new AbortController();
  private readonly url: URL;
  private isThere = false;

  constructor(
    private readonly client: CoapClient,
    private readonly settings: CoapOutboundSettings,
  ) {
    this.url = new URL(settings.url);
  }

  /** Asked with a GET; any answer but a server's failure agrees. */
  async verify(signal?: AbortSignal): Promise<Verification> {
    try {
      const { answer } = await this.client.call({ url: this.url, method: 'GET', signal: this.limit(signal) });
      this.isThere = true;
      return answer.code.startsWith('5') ? { kind: 'refused', reason: `it answered GET with ${answer.code}` } : { kind: 'agreed' };
    } catch (error) {
      return { kind: 'refused', reason: failureOf(error).reason };
    }
  }

  async send(delivery: OutboundDelivery, signal?: AbortSignal): Promise<SendOutcome> {
    const { content, method } = this.settings;
    const body = contentOf(delivery, content);
    if (body === undefined) return { kind: 'retry', fault: 'message', reason: NOT_SAYABLE };
    if (this.closing.signal.aborted) return { kind: 'retry', fault: 'not-taken', reason: 'the broker gave up' };
    // UDP does not tell whether anybody is there: asked first, so that what was not sent is known not to be taken.
    if (!this.isThere) await this.verify(signal);
    if (!this.isThere) return { kind: 'retry', fault: 'not-taken', reason: 'nobody answers there' };
    try {
      const { answer } = await this.client.call({ url: this.url, method, body, signal: this.limit(signal) });
      return outcomeOf(answer);
    } catch (error) {
      this.isThere = false;
      return { kind: 'retry', ...failureOf(error) };
    }
  }

  close(): Promise<void> {
    this.closing.abort();
    this.client.close();
    return Promise.resolve();
  }

  private limit(signal?: AbortSignal): AbortSignal {
    const signals = [AbortSignal.timeout(this.settings.timeoutMs), this.closing.signal];
    return AbortSignal.any(signal === undefined ? signals : [...signals, signal]);
  }
}

function outcomeOf(answer: CoapAnswer): SendOutcome {
  const { code, payload } = answer;
  const reason = `it answered with ${code}`;
  if (code.startsWith('2')) {
    const isJson = answer.headers['Content-Format'] === 'application/json' && payload.length > 0;
    return isJson ? { kind: 'accepted', answer: payload.toString() } : { kind: 'accepted' };
  }
  const { 'Max-Age': maxAge } = answer.headers;
  const afterMs = (typeof maxAge === 'number' ? maxAge : DEFAULT_MAX_AGE_S) * 1_000;
  if (code === '4.29' || (code === '5.03' && maxAge !== undefined)) return { kind: 'retry', fault: 'not-taken', reason, afterMs };
  return { kind: 'retry', fault: code.startsWith('4') ? 'message' : 'endpoint', reason };
}
