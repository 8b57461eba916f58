import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { EndpointKey } from '../endpoint-key.js';
import type { OutboundDelivery, OutboundSession, SendOutcome, Verification } from '../outbound-protocol.js';
import { contentOf, mediaTypeOf, NOT_SAYABLE } from '../outbound-content.js';
import { correlationOf } from '../wire/delivery-correlation.js';
import { deliveryProperties, filledTemplate } from '../wire/delivery-properties.js';
import { KeptLink } from '../wire/kept-link.js';
import { wireReason } from '../wire/wire-fault.js';
import { amqpConnection, amqpReply } from './amqp-connection.js';
import { AmqpPublisher, type Publication } from './amqp-publisher.js';
import type { AmqpEndpointSettings } from './amqp-settings.js';

/** The longest short string, in bytes (AMQP 0.9.1 §4.2.5.3). */
const SHORT_BYTES = 255;

/** One endpoint: a connection with a channel in confirm mode, made when there is something to send. */
export class AmqpOutboundSession implements OutboundSession {
  private readonly closing = new AbortController();
  private readonly link: KeptLink<AmqpPublisher>;

  constructor(
    guard: OutboundGuard,
    private readonly settings: AmqpEndpointSettings,
    private readonly keys: readonly EndpointKey[],
    credentials: Readonly<Record<string, string>>,
  ) {
    this.link = new KeptLink(async (signal) => AmqpPublisher.on(await amqpConnection(guard, settings, credentials, signal)));
  }

  /** Agreed is who lets us in and has the exchange; of the default exchange, the queue, when the key names one. */
  async verify(signal?: AbortSignal): Promise<Verification> {
    const { exchange, routingKey } = this.settings;
    try {
      const limit = this.limit(signal);
      const publisher = await this.link.get(limit);
      await publisher.check(exchange, exchange === '' && !routingKey.includes('{') ? routingKey : undefined, limit);
      return { kind: 'agreed' };
    } catch (error) {
      return { kind: 'refused', reason: amqpReply(error) ?? wireReason(error) };
    }
  }

  async send(delivery: OutboundDelivery, signal?: AbortSignal): Promise<SendOutcome> {
    const limit = this.limit(signal);
    const publication = this.publication(delivery);
    if (typeof publication === 'string') return { kind: 'retry', fault: 'message', reason: publication };
    let publisher: AmqpPublisher;
    try {
      publisher = await this.link.get(limit);
    } catch (error) {
      return { kind: 'retry', fault: 'not-taken', reason: wireReason(error) };
    }
    // A test of what understands payloads alone: that the server is there is all that can be tried.
    return publication === undefined ? { kind: 'accepted' } : publisher.publish(publication, limit);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.link.close();
  }

  /** What is to be published; a text says why it cannot be, undefined that there is nothing. */
  private publication(delivery: OutboundDelivery): Publication | string | undefined {
    const { exchange, routingKey: template, content: kind, mediaType = mediaTypeOf(kind) } = this.settings;
    if (kind !== 'message' && delivery.action === 'PING') return undefined;
    const content = contentOf(delivery, kind);
    if (content === undefined) return NOT_SAYABLE;
    const routingKey = filledTemplate(template, delivery, (value) => value);
    const correlationId = correlationOf(delivery);
    const shorts = [routingKey, delivery.messageId, correlationId ?? ''];
    if (shorts.some((text) => Buffer.byteLength(text) > SHORT_BYTES)) return 'its routing key or its id is too long for AMQP';
    const left = Date.parse(delivery.expiresAt) - Date.now();
    return {
      exchange,
      routingKey,
      content,
      options: {
        messageId: delivery.messageId,
        ...(correlationId === undefined ? {} : { correlationId }),
        contentType: mediaType,
        timestamp: Math.floor(Date.parse(delivery.acceptedAt) / 1_000),
        persistent: true,
        // A message that is over already is the exchange's to decide on; here it is given to whoever waits, at once or never.
        expiration: String(Math.max(left, 0)),
        headers: deliveryProperties(delivery, content, this.keys),
      },
    };
  }

  private limit(signal?: AbortSignal): AbortSignal {
    const signals = [AbortSignal.timeout(this.settings.timeoutMs), this.closing.signal];
    return AbortSignal.any(signal === undefined ? signals : [...signals, signal]);
  }
}
