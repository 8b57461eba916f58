import type { IncomingMessage } from 'node:http';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { credentialHeaders, HTTP_CREDENTIALS, HttpWire } from '../http-wire.js';
import { retryAfterMs } from '../http-answer.js';
import { API_KEY_SCHEMA, faultsOf, HEADERS_SCHEMA } from '../http/http-settings.js';
import type { InboundBinding, InboundListener, InboundProtocol, InboundSession, Probe, WireLoss } from '../inbound-protocol.js';
import { failureOf } from '../no-answer.js';
import { type Attempt, ConnectionOver, Reconnecting } from '../reconnecting.js';
import { SettingsReader } from '../settings-reader.js';
import { urlSchema } from '../wire-address.js';
import { EventParser, type StreamEvent } from './event-parser.js';

const MAX_EVENT = 1024 * 1024;
const MAX_ID = 900;
const MAX_RETRY_MS = 300_000;
const CONNECT_MS = 10_000;

/** Which stream is read. */
export interface SseInboundSettings {
  readonly url: string;
  readonly events: readonly string[];
  readonly mediaType?: string;
  readonly silentSeconds: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly apiKeyHeader: string;
}

/** Its schema. */
export const SSE_INBOUND_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['url'],
  properties: {
    url: urlSchema(['http', 'https'], 'The event stream'),
    events: {
      type: 'array',
      maxItems: 50,
      items: { type: 'string', minLength: 1, maxLength: 200 },
      default: [],
      description: 'Types of events that are taken; empty: all.',
    },
    mediaType: { type: 'string', maxLength: 128, description: 'What the data of events is.' },
    silentSeconds: {
      type: 'integer',
      minimum: 5,
      maximum: 86_400,
      default: 120,
      description: 'After so long without a byte it is connected to anew.',
    },
    headers: HEADERS_SCHEMA,
    apiKeyHeader: API_KEY_SCHEMA,
  },
};

/** Reads a twin's event stream. */
export class SseInbound implements InboundProtocol {
  readonly name = 'sse';
  readonly credentials = Object.keys(HTTP_CREDENTIALS);
  private readonly reader: SettingsReader<SseInboundSettings>;

  constructor(private readonly guard: OutboundGuard) {
    this.reader = new SettingsReader('sse', SSE_INBOUND_SCHEMA, (settings) => faultsOf(settings, (address) => guard.permits(address)));
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  losses(): readonly WireLoss[] {
    const detail = 'events without an id are lost while the connection is down, and taken again when the twin repeats them';
    return [
      { kind: 'gaps-possible', detail },
      { kind: 'duplicates-possible', detail },
    ];
  }

  open(binding: InboundBinding, listener: InboundListener): InboundSession {
    return new SseSession(this.guard, binding, listener);
  }

  async probe({ settings, credentials }: InboundBinding, signal: AbortSignal): Promise<Probe> {
    const wire = new HttpWire(this.guard, credentials);
    try {
      const answer = await wire.request({ ...requestOf(settings as SseInboundSettings, credentials), signal });
      answer.destroy();
      const fault = faultOf(answer);
      return fault === undefined ? { kind: 'reached' } : { kind: 'failed', reason: fault };
    } catch (error) {
      return { kind: 'failed', reason: failureOf(error).reason };
    } finally {
      wire.close();
    }
  }
}

class SseSession implements InboundSession {
  private readonly settings: SseInboundSettings;
  private readonly wire: HttpWire;
  private readonly connection: Reconnecting;
  private position?: string;
  private retryMs = 0;

  constructor(
    guard: OutboundGuard,
    private readonly binding: InboundBinding,
    private readonly listener: InboundListener,
  ) {
    this.settings = binding.settings as SseInboundSettings;
    this.wire = new HttpWire(guard, binding.credentials);
    this.position = binding.position;
    this.connection = new Reconnecting(listener, (attempt) => this.follow(attempt));
  }

  async close(): Promise<void> {
    await this.connection.close();
    this.wire.close();
  }

  private async follow({ signal, stands }: Attempt): Promise<void> {
    const { headers, ...request } = requestOf(this.settings, this.binding.credentials);
    const ending = new AbortController();
    const limit = AbortSignal.any([signal, ending.signal]);
    let timer = setTimeout(() => ending.abort(), CONNECT_MS);
    const last: Record<string, string> = this.position === undefined ? {} : { 'last-event-id': this.position };
    try {
      const answer = await this.wire.request({ ...request, headers: { ...headers, ...last }, signal: limit });
      const fault = faultOf(answer);
      if (fault !== undefined) {
        answer.destroy();
        throw new ConnectionOver(fault, retryAfterMs(answer.headers['retry-after']) ?? this.retryMs);
      }
      stands();
      const parser = new EventParser(MAX_EVENT);
      for await (const chunk of answer) {
        clearTimeout(timer);
        for (const news of parser.read(chunk as Buffer)) {
          if ('retryMs' in news) this.retryMs = Math.min(news.retryMs, MAX_RETRY_MS);
          else if (!(await this.take(news.event))) return;
        }
        timer = setTimeout(() => ending.abort(), this.settings.silentSeconds * 1_000);
      }
      throw new ConnectionOver('the stream ended', this.retryMs);
    } catch (error) {
      if (error instanceof ConnectionOver) throw error;
      const { name } = error as { name?: unknown };
      if (name === 'RangeError' || name === 'TypeError') throw new ConnectionOver('an event is longer than 1 MB, or not UTF-8', 60_000);
      throw new ConnectionOver(ending.signal.aborted ? 'it was silent for too long' : failureOf(error).reason, this.retryMs);
    } finally {
      clearTimeout(timer);
      ending.abort();
    }
  }

  /** Whether to go on. One after the other: what was not taken comes again after the last that was. */
  private async take({ type, data, id }: StreamEvent): Promise<boolean> {
    const { events, mediaType } = this.settings;
    const isNamed = id !== undefined && id !== '' && id.length <= MAX_ID;
    if (events.length === 0 || events.includes(type)) {
      const outcome = await this.listener.received({
        document: data,
        ...(mediaType === undefined ? {} : { mediaType }),
        ...(isNamed ? { identity: id, position: id } : {}),
      });
      if (outcome.kind === 'later') return false;
    }
    if (isNamed) this.position = id;
    return true;
  }
}

function requestOf(
  { url, headers, apiKeyHeader }: SseInboundSettings,
  credentials: Readonly<Record<string, string>>,
): { method: string; url: URL; headers: Record<string, string> } {
  const own = { accept: 'text/event-stream', 'cache-control': 'no-store' };
  return { method: 'GET', url: new URL(url), headers: { ...own, ...headers, ...credentialHeaders(credentials, apiKeyHeader) } };
}

function faultOf({ statusCode = 0, headers }: IncomingMessage): string | undefined {
  if (statusCode !== 200) return `it answered with HTTP ${statusCode}`;
  return /^text\/event-stream\s*(;|$)/i.test(headers['content-type'] ?? '') ? undefined : 'what it answered is no event stream';
}
