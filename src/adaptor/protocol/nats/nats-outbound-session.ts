import { headers as newHeaders, type MsgHdrs, type NatsConnection } from 'nats';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { EndpointKey } from '../endpoint-key.js';
import type { OutboundDelivery, OutboundSession, SendFault, SendOutcome, Verification } from '../outbound-protocol.js';
import { contentOf, mediaTypeOf, NOT_SAYABLE } from '../outbound-content.js';
import { correlationOf } from '../wire/delivery-correlation.js';
import { deliveryProperties, filledTemplate } from '../wire/delivery-properties.js';
import { KeptLink, type Link, untilAborted } from '../wire/kept-link.js';
import { closeNats, natsConnection, natsReason } from './nats-connection.js';
import type { NatsEndpointSettings } from './nats-settings.js';

interface NatsLink extends Link {
  readonly connection: NatsConnection;
}

/** What JetStream says of a message that its stream does not take, however often: larger than the stream's bound. */
const TOO_LARGE = 10_054;

/** One endpoint: a connection, made when there is something to send. */
export class NatsOutboundSession implements OutboundSession {
  private readonly closing = new AbortController();
  private readonly link: KeptLink<NatsLink>;

  constructor(
    guard: OutboundGuard,
    private readonly settings: NatsEndpointSettings,
    private readonly keys: readonly EndpointKey[],
    credentials: Readonly<Record<string, string>>,
  ) {
    this.link = new KeptLink(async (signal) => {
      const connection = await natsConnection(guard, settings, credentials, signal);
      return { connection, over: connection.closed(), close: () => closeNats(connection) };
    });
  }

  /** Agreed is who lets us in and, with JetStream, has a stream that takes the subject; of a subject with places, has JetStream. */
  async verify(signal?: AbortSignal): Promise<Verification> {
    const { jetStream, subject } = this.settings;
    const limit = this.limit(signal);
    try {
      const { connection } = await this.link.get(limit);
      if (jetStream) {
        const streams = await untilAborted(connection.jetstreamManager({ timeout: this.settings.timeoutMs }), limit);
        if (!subject.includes('{')) await untilAborted(streams.streams.find(subject), limit);
      }
      return { kind: 'agreed' };
    } catch (error) {
      return {
        kind: 'refused',
        reason:
          (error as { message?: unknown }).message === 'no stream matches subject' ? 'no stream takes its subject' : natsReason(error),
      };
    }
  }

  async send(delivery: OutboundDelivery, signal?: AbortSignal): Promise<SendOutcome> {
    const { content: kind } = this.settings;
    const limit = this.limit(signal);
    const content = contentOf(delivery, kind);
    const subject = filledTemplate(this.settings.subject, delivery, token);
    const isTest = kind !== 'message' && delivery.action === 'PING';
    if (!isTest && content === undefined) return { kind: 'retry', fault: 'message', reason: NOT_SAYABLE };
    if (subject.split('.').includes('')) return { kind: 'retry', fault: 'message', reason: 'its subject has an empty token' };
    let connection: NatsConnection;
    try {
      ({ connection } = await this.link.get(limit));
    } catch (error) {
      return { kind: 'retry', fault: 'not-taken', reason: natsReason(error) };
    }
    // A test of what understands payloads alone: that the server is there is all that can be tried.
    if (isTest || content === undefined) return { kind: 'accepted' };
    try {
      await untilAborted(this.publish(connection, subject, content, this.headers(delivery, content)), limit);
      return { kind: 'accepted' };
    } catch (error) {
      return { kind: 'retry', fault: faultOf(error), reason: natsReason(error) };
    }
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.link.close();
  }

  private async publish(connection: NatsConnection, subject: string, content: Buffer, headers: MsgHdrs): Promise<void> {
    if (this.settings.jetStream) {
      await connection.jetstream().publish(subject, content, { headers, timeout: this.settings.timeoutMs });
    } else {
      connection.publish(subject, content, { headers });
      await connection.flush();
    }
  }

  private headers(delivery: OutboundDelivery, content: Buffer): MsgHdrs {
    const headers = newHeaders();
    const correlationId = correlationOf(delivery);
    // The stream forgets repeats by it; what the broker sends anew on purpose is no repeat.
    headers.set('Nats-Msg-Id', `${delivery.receiver}:${delivery.deliveryId}${delivery.replayed ? `:${delivery.leasedUntil}` : ''}`);
    headers.set('Content-Type', this.settings.mediaType ?? mediaTypeOf(this.settings.content));
    if (correlationId !== undefined) headers.set('correlation-id', correlationId);
    for (const [name, value] of Object.entries(deliveryProperties(delivery, content, this.keys))) headers.set(name, oneLine(value));
    return headers;
  }

  private limit(signal?: AbortSignal): AbortSignal {
    const signals = [AbortSignal.timeout(this.settings.timeoutMs), this.closing.signal];
    return AbortSignal.any(signal === undefined ? signals : [...signals, signal]);
  }
}

/** A value as a token of a subject. */
function token(value: string): string {
  return value.replace(/[\s.*>%]/gu, (character) =>
    encodeURIComponent(character).replace(/^[.*]$/, (raw) => `%${raw.charCodeAt(0).toString(16).toUpperCase()}`),
  );
}

/** Headers end with a line. */
function oneLine(value: string): string {
  return value.replace(/[\r\n]+/g, ' ');
}

function faultOf(error: unknown): SendFault {
  const { code, api_error } = error as { code?: unknown; api_error?: { err_code?: unknown } };
  if (code === '503') return 'not-taken';
  if (code === 'MAX_PAYLOAD_EXCEEDED' || api_error?.err_code === TOO_LARGE) return 'message';
  return api_error === undefined ? 'endpoint' : 'not-taken';
}
