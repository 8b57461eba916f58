import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { bodyOf, credentialHeaders, HTTP_CREDENTIALS, HttpWire } from '../http-wire.js';
import type { InboundBinding, InboundListener, InboundProtocol, InboundSession, Probe, WireLoss } from '../inbound-protocol.js';
import { failureOf } from '../no-answer.js';
import { ConnectionOver, type Attempt, Reconnecting } from '../reconnecting.js';
import { SettingsReader } from '../settings-reader.js';
import { retryAfterMs } from '../http-answer.js';
import { faultsOf, HTTP_INBOUND_SCHEMA, type HttpInboundSettings } from './http-settings.js';

const MAX_DOCUMENT_BYTES = 1024 * 1024;
const MAX_VALIDATOR = 300;

/** What was seen last: how many changes there were, and what the server calls the latest. */
interface Seen {
  readonly n: number;
  readonly digest: string;
  readonly etag?: string;
  readonly modified?: string;
}

/** Polls a resource; each change of it is a document. */
export class HttpInbound implements InboundProtocol {
  readonly name = 'http';
  readonly credentials = Object.keys(HTTP_CREDENTIALS);
  private readonly reader: SettingsReader<HttpInboundSettings>;

  constructor(private readonly guard: OutboundGuard) {
    this.reader = new SettingsReader('http', HTTP_INBOUND_SCHEMA, (settings) => faultsOf(settings, (address) => guard.permits(address)));
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  losses(settings: unknown): readonly WireLoss[] {
    const { intervalMs } = settings as HttpInboundSettings;
    return [{ kind: 'gaps-possible', detail: `of several changes within ${intervalMs} ms only the last is seen` }];
  }

  open(binding: InboundBinding, listener: InboundListener): InboundSession {
    return new Polling(this.guard, binding, listener);
  }

  async probe({ settings, credentials }: InboundBinding, signal: AbortSignal): Promise<Probe> {
    const wire = new HttpWire(this.guard, credentials);
    try {
      const answer = await wire.request({ ...requestOf(settings as HttpInboundSettings, credentials), signal });
      answer.destroy();
      const status = answer.statusCode ?? 0;
      return status >= 200 && status < 300 ? { kind: 'reached' } : { kind: 'failed', reason: `it answered with HTTP ${status}` };
    } catch (error) {
      return { kind: 'failed', reason: failureOf(error).reason };
    } finally {
      wire.close();
    }
  }
}

class Polling implements InboundSession {
  private readonly settings: HttpInboundSettings;
  private readonly wire: HttpWire;
  private readonly connection: Reconnecting;
  private seen?: Seen;

  constructor(
    guard: OutboundGuard,
    private readonly binding: InboundBinding,
    private readonly listener: InboundListener,
  ) {
    this.settings = binding.settings as HttpInboundSettings;
    this.wire = new HttpWire(guard, binding.credentials);
    this.seen = seenAt(binding.position);
    this.connection = new Reconnecting(listener, (attempt) => this.poll(attempt));
  }

  async close(): Promise<void> {
    await this.connection.close();
    this.wire.close();
  }

  private async poll(attempt: Attempt): Promise<void> {
    while (!attempt.signal.aborted) {
      await this.look(attempt);
      await delay(this.settings.intervalMs, undefined, { signal: attempt.signal, ref: false }).catch(() => undefined);
    }
  }

  private async look({ signal, stands }: Attempt): Promise<void> {
    const { headers, ...request } = requestOf(this.settings, this.binding.credentials);
    const conditions = {
      ...(this.seen?.etag === undefined ? {} : { 'if-none-match': this.seen.etag }),
      ...(this.seen?.modified === undefined ? {} : { 'if-modified-since': this.seen.modified }),
    };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.settings.timeoutMs)]);
    let answer: IncomingMessage;
    try {
      answer = await this.wire.request({ ...request, headers: { ...headers, ...conditions }, signal: limit });
    } catch (error) {
      throw new ConnectionOver(failureOf(error).reason);
    }
    const status = answer.statusCode ?? 0;
    if (status === 304) {
      answer.resume();
      stands();
      return;
    }
    if (status !== 200) {
      answer.destroy();
      throw new ConnectionOver(`it answered with HTTP ${status}`, retryAfterMs(answer.headers['retry-after']) ?? this.settings.intervalMs);
    }
    const body = await bodyOf(answer, MAX_DOCUMENT_BYTES);
    if (body === undefined) throw new ConnectionOver('its answer broke off, or has more than 1 MB', this.settings.intervalMs);
    stands();
    await this.take(body, answer);
  }

  private async take(body: Buffer, { headers }: IncomingMessage): Promise<void> {
    const digest = createHash('sha256').update(body).digest('base64url');
    const validators = { ...bounded('etag', headers.etag), ...bounded('modified', headers['last-modified']) };
    const n = this.seen?.n ?? 0;
    if (digest === this.seen?.digest) {
      this.seen = { ...validators, n, digest };
      return;
    }
    const next: Seen = { ...validators, n: n + 1, digest };
    const mediaType = headers['content-type'];
    const outcome = await this.listener.received({
      document: body,
      ...(mediaType === undefined ? {} : { mediaType }),
      // Counted, because a resource may come to hold again what it held before.
      identity: `${this.settings.url} ${next.n} ${digest}`,
      position: JSON.stringify(next),
    });
    if (outcome.kind !== 'later') this.seen = next;
  }
}

function requestOf(
  settings: HttpInboundSettings,
  credentials: Readonly<Record<string, string>>,
): { method: string; url: URL; headers: Record<string, string> } {
  const { url, accept = '*/*', headers, apiKeyHeader } = settings;
  return { method: 'GET', url: new URL(url), headers: { accept, ...headers, ...credentialHeaders(credentials, apiKeyHeader) } };
}

function bounded(name: 'etag' | 'modified', value: string | undefined): Partial<Seen> {
  return value === undefined || value.length > MAX_VALIDATOR ? {} : { [name]: value };
}

function seenAt(position: string | undefined): Seen | undefined {
  return position === undefined ? undefined : (JSON.parse(position) as Seen);
}
