import type { IClientPublishOptions } from 'mqtt';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type { WireLoss } from '../inbound-protocol.js';
import { wordsOf } from '../no-answer.js';
import { contentOf, duplicatesUnnamed, mediaTypeOf, NOT_SAYABLE } from '../outbound-content.js';
import type {
  OutboundDelivery,
  OutboundEndpoint,
  OutboundProtocol,
  OutboundSession,
  SendOutcome,
  Verification,
} from '../outbound-protocol.js';
import { ConnectionOver } from '../reconnecting.js';
import { SettingsReader } from '../settings-reader.js';
import { orderBetween } from '../wire/delivery-properties.js';
import { PendingSends } from '../wire/pending-sends.js';
import { MqttConnection, reasonOf } from './mqtt-connection.js';
import { MQTT_CREDENTIALS, MQTT_OUTBOUND_SCHEMA, type MqttOutboundSettings, outboundFaults } from './mqtt-settings.js';
import { topicOf } from './topic.js';

/** Reasons of PUBACK (MQTT 5 §3.4.2.1) that say something of the message, and of the load. */
const OF_MESSAGE = [0x90, 0x95, 0x99];
const OF_LOAD = [0x93, 0x96, 0x97];
const LOAD_MS = 5_000;

/** Publishes deliveries as a client of an MQTT broker. */
export class MqttOutbound implements OutboundProtocol {
  readonly name = 'mqtt';
  readonly credentials = Object.keys(MQTT_CREDENTIALS);
  private readonly reader: SettingsReader<MqttOutboundSettings>;

  constructor(private readonly guard: OutboundGuard) {
    this.reader = new SettingsReader('mqtt', MQTT_OUTBOUND_SCHEMA, (settings) =>
      outboundFaults(settings, (address) => guard.permits(address)),
    );
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  limits(settings: unknown): { maxInFlight: number; timeoutMs: number } {
    return settings as MqttOutboundSettings;
  }

  losses(settings: unknown): readonly WireLoss[] {
    const { version, content, topic, qos } = settings as MqttOutboundSettings;
    const isNamed = version === '5' || /\{(messageId|deliveryId)\}/.test(topic);
    return [
      {
        kind: 'gaps-possible',
        detail:
          qos === 0
            ? 'with QoS 0, what is on its way when a connection breaks is lost, and what is published while nobody listens'
            : 'what is published while no session of a subscriber stands is lost',
      },
      ...(isNamed ? [] : duplicatesUnnamed(content, 'MQTT 3.1.1')),
      ...orderBetween(topic, 'topics'),
    ];
  }

  open(endpoint: OutboundEndpoint): OutboundSession {
    return new MqttOutboundSession(this.guard, endpoint);
  }
}

/** A connection, from its beginning on. */
interface Current {
  readonly opening: Promise<MqttConnection>;
  /** Set once it is connected. */
  connection?: MqttConnection;
  isOver: boolean;
}

const LATE: SendOutcome = { kind: 'retry', fault: 'endpoint', reason: 'it did not acknowledge in time' };
const ABANDONED: SendOutcome = { kind: 'retry', fault: 'endpoint', reason: 'the broker gave up' };

class MqttOutboundSession implements OutboundSession {
  private readonly closing = new AbortController();
  private readonly settings: MqttOutboundSettings;
  private readonly sends: PendingSends<SendOutcome>;
  private current?: Current;

  constructor(
    private readonly guard: OutboundGuard,
    private readonly endpoint: OutboundEndpoint,
  ) {
    this.settings = endpoint.settings as MqttOutboundSettings;
    this.sends = new PendingSends(this.settings.timeoutMs, { late: LATE, abandoned: ABANDONED });
  }

  async verify(signal?: AbortSignal): Promise<Verification> {
    try {
      await within(this.connected(), this.limit(signal));
      return { kind: 'agreed' };
    } catch (error) {
      return { kind: 'refused', reason: wordsFor(error) };
    }
  }

  async send(delivery: OutboundDelivery, signal?: AbortSignal): Promise<SendOutcome> {
    const { content, topic: template } = this.settings;
    const body = contentOf(delivery, content);
    const topic = topicOf(template, delivery);
    if (body === undefined) return { kind: 'retry', fault: 'message', reason: NOT_SAYABLE };
    if (topic === undefined) return { kind: 'retry', fault: 'message', reason: 'its topic is too long' };
    let connection = this.standing;
    if (connection === undefined) {
      try {
        connection = await within(this.connected(), this.limit(signal));
      } catch (error) {
        return { kind: 'retry', fault: 'not-taken', reason: wordsFor(error) };
      }
    }
    // Acknowledged in the case of QoS 1; handed over to the connection in the case of QoS 0.
    const published = connection.client.publishAsync(topic, body, this.optionsOf(delivery)).then(
      () => ({ kind: 'accepted' }) as const,
      (error: unknown) => outcomeOf(error),
    );
    return this.sends.wait(published, signal);
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.sends.endAll(ABANDONED);
    const connection = await this.current?.opening.catch(() => undefined);
    await connection?.close(true);
  }

  /** The connection, if it stands: then a message is on its way in this turn of the event loop. */
  private get standing(): MqttConnection | undefined {
    if (this.closing.signal.aborted || this.current?.isOver !== false) return undefined;
    return this.current.connection;
  }

  private optionsOf(delivery: OutboundDelivery): IClientPublishOptions {
    const { qos, retain, version, content, mediaType = mediaTypeOf(content), responseTopic } = this.settings;
    if (version !== '5') return { qos, retain };
    const { deliveryId, messageId, sender, receiver, action, subject, acceptedAt, attempt, traceparent, answerBy } = delivery;
    return {
      qos,
      retain,
      properties: {
        contentType: mediaType,
        correlationData: Buffer.from(deliveryId),
        ...(answerBy !== undefined && responseTopic !== undefined
          ? { responseTopic: topicOf(responseTopic, delivery) ?? responseTopic }
          : {}),
        userProperties: {
          messageId,
          sender,
          receiver,
          action,
          ...(subject === undefined ? {} : { subject }),
          acceptedAt,
          attempt: String(attempt),
          ...(traceparent === undefined ? {} : { traceparent }),
        },
      },
    };
  }

  /** The connection, made when there is none. */
  private async connected(): Promise<MqttConnection> {
    if (this.closing.signal.aborted) throw new ConnectionOver('closed');
    if (this.current === undefined || this.current.isOver) this.current = this.begin();
    return this.current.opening;
  }

  private begin(): Current {
    const purpose = { clientId: this.endpoint.id ?? 'twinfed-out', clean: true, sessionExpirySeconds: 0 };
    const opening = MqttConnection.open(this.guard, this.settings, this.endpoint.credentials ?? {}, purpose, this.closing.signal);
    const current: Current = { opening, isOver: false };
    opening.then(
      async (connection) => {
        current.connection = connection;
        const { reason } = await connection.end;
        current.isOver = true;
        this.sends.endAll({ kind: 'retry', fault: 'endpoint', reason });
      },
      () => {
        current.isOver = true;
      },
    );
    return current;
  }

  private limit(signal?: AbortSignal): AbortSignal {
    const signals = [AbortSignal.timeout(this.settings.timeoutMs), this.closing.signal];
    return AbortSignal.any(signal === undefined ? signals : [...signals, signal]);
  }
}

function outcomeOf(error: unknown): SendOutcome {
  const { code } = (error ?? {}) as { code?: unknown };
  const reason = reasonOf(error);
  if (typeof code !== 'number') return { kind: 'retry', fault: 'endpoint', reason };
  // No matching subscribers: it is published nevertheless.
  if (code === 0x10) return { kind: 'accepted' };
  if (OF_LOAD.includes(code)) return { kind: 'retry', fault: 'not-taken', reason, afterMs: LOAD_MS };
  return { kind: 'retry', fault: OF_MESSAGE.includes(code) ? 'message' : 'endpoint', reason };
}

function wordsFor(error: unknown): string {
  return error instanceof ConnectionOver ? error.reason : wordsOf(error);
}

/** The outcome, unless the signal comes first. */
async function within<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, forget } = abortOf(signal);
  try {
    return await Promise.race([work, promise]);
  } finally {
    forget();
  }
}

function abortOf(signal: AbortSignal): { promise: Promise<never>; forget: () => void } {
  let forget = (): void => undefined;
  const promise = new Promise<never>((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    forget = () => signal.removeEventListener('abort', abort);
  });
  promise.catch(() => undefined);
  return { promise, forget };
}
