import type { IPublishPacket } from 'mqtt';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import type {
  InboundBinding,
  InboundListener,
  InboundProtocol,
  InboundSession,
  Probe,
  ReceivedDocument,
  WireLoss,
} from '../inbound-protocol.js';
import { wordsOf } from '../no-answer.js';
import { type Attempt, ConnectionOver, Reconnecting } from '../reconnecting.js';
import { SettingsReader } from '../settings-reader.js';
import { MqttConnection, type MqttPurpose, RECEIVE_MAXIMUM } from './mqtt-connection.js';
import { inboundFaults, MQTT_CREDENTIALS, MQTT_INBOUND_SCHEMA, type MqttInboundSettings } from './mqtt-settings.js';
import { matches } from './topic.js';

/** Listens as a client of an MQTT broker. */
export class MqttInbound implements InboundProtocol {
  readonly name = 'mqtt';
  readonly credentials = Object.keys(MQTT_CREDENTIALS);
  private readonly reader: SettingsReader<MqttInboundSettings>;

  constructor(private readonly guard: OutboundGuard) {
    this.reader = new SettingsReader('mqtt', MQTT_INBOUND_SCHEMA, (settings) =>
      inboundFaults(settings, (address) => guard.permits(address)),
    );
  }

  read(settings: unknown): Readonly<Record<string, unknown>> {
    return { ...this.reader.read(settings) };
  }

  losses(settings: unknown): readonly WireLoss[] {
    const { version, qos, share, identityProperty, topics, sessionExpirySeconds } = settings as MqttInboundSettings;
    return [
      version === '3.1.1'
        ? { kind: 'duplicates-possible', detail: 'MQTT 3.1.1 does not name documents: one that is redelivered is taken again' }
        : {
            kind: 'duplicates-possible',
            detail: `a document without the user property ${identityProperty} is taken again when it is redelivered`,
          },
      ...(qos === 0 ? [{ kind: 'gaps-possible', detail: 'with QoS 0, what comes while nobody listens is lost' } as const] : []),
      ...(qos === 1 && version === '5' && sessionExpirySeconds === 0
        ? [
            {
              kind: 'gaps-possible',
              detail: 'with a session that ends with the connection, what comes while nobody listens is lost',
            } as const,
          ]
        : []),
      ...(share === undefined
        ? []
        : [{ kind: 'order-not-kept', detail: `${topics.join(', ')} are shared with others of the group ${share}` } as const]),
    ];
  }

  open(binding: InboundBinding, listener: InboundListener): InboundSession {
    return new MqttInboundSession(this.guard, binding, listener);
  }

  async probe({ settings, credentials, id }: InboundBinding, signal: AbortSignal): Promise<Probe> {
    try {
      const own = settings as MqttInboundSettings;
      const purpose = { clientId: `${id}-probe`, clean: true };
      const { clientId: _, ...rest } = own;
      const connection = await MqttConnection.open(this.guard, rest, credentials, purpose, signal);
      await connection.close();
      return { kind: 'reached' };
    } catch (error) {
      return { kind: 'failed', reason: error instanceof ConnectionOver ? error.reason : wordsOf(error) };
    }
  }
}

class MqttInboundSession implements InboundSession {
  private readonly settings: MqttInboundSettings;
  private readonly connection: Reconnecting;
  private readonly underWay = new Set<Promise<void>>();
  private readonly waiting: (() => void)[] = [];
  private last: Promise<void> = Promise.resolve();
  private closing = false;

  constructor(
    private readonly guard: OutboundGuard,
    private readonly binding: InboundBinding,
    private readonly listener: InboundListener,
  ) {
    this.settings = binding.settings as MqttInboundSettings;
    this.connection = new Reconnecting(listener, (attempt) => this.listen(attempt));
  }

  async close(): Promise<void> {
    this.closing = true;
    // Acknowledged still, while the connection stands.
    await Promise.all(this.underWay);
    await this.connection.close();
  }

  private async listen({ signal, stands }: Attempt): Promise<void> {
    const { sessionExpirySeconds, qos, topics, share, will } = this.settings;
    const purpose: MqttPurpose = {
      clientId: this.binding.id,
      // The other side keeps what comes while nobody is connected, until it may forget it.
      clean: qos === 0,
      sessionExpirySeconds,
      onPublish: (connection, packet, next) => this.take(connection, packet, next),
    };
    const connection = await MqttConnection.open(this.guard, this.settings, this.binding.credentials, purpose, signal);
    try {
      const filters = share === undefined ? topics : topics.map((filter) => `$share/${share}/${filter}`);
      await connection.subscribe(will === undefined ? filters : [...filters, will.topic], qos);
      stands();
      const aborted = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
      const over = await Promise.race([connection.end, aborted]);
      if (over !== undefined) throw over;
    } finally {
      await connection.close(!signal.aborted);
    }
  }

  /** Documents come as fast as they are taken, a bounded number at once. */
  private take(connection: MqttConnection, packet: IPublishPacket, next: () => void): void {
    const before = this.last;
    // In the order of arrival, as MQTT wants it (5.0, [MQTT-4.6.0-2]), whatever order they become durable in.
    const work = Promise.all([this.receive(packet), before]).then(([isDone]) => {
      if (isDone) connection.acknowledge(packet);
    });
    this.last = work;
    this.underWay.add(work);
    void work.finally(() => {
      this.underWay.delete(work);
      this.waiting.shift()?.();
    });
    if (this.underWay.size < RECEIVE_MAXIMUM) next();
    else this.waiting.push(next);
  }

  /** Whether it may be acknowledged. */
  private async receive(packet: IPublishPacket): Promise<boolean> {
    if (this.closing) return false;
    const { will, topics, retained } = this.settings;
    if (will !== undefined && packet.topic === will.topic) {
      this.heed(packet);
      if (!topics.some((filter) => matches(filter, packet.topic))) return true;
    } else if (!packet.retain) {
      this.listener.changed('returned');
    }
    if (packet.retain && retained === 'ignore') return true;
    return (await this.listener.received(documentOf(packet, this.settings))).kind !== 'later';
  }

  private heed({ payload }: IPublishPacket): void {
    const offline = this.settings.will?.offline ?? [];
    const isAway = offline.length === 0 || offline.includes(payload.toString());
    if (isAway) this.listener.changed('lost', 'its last will says so');
    else this.listener.changed('returned');
  }
}

/** A document with what version 5 says beside it. */
function documentOf({ topic, payload, properties = {} }: IPublishPacket, { identityProperty }: MqttInboundSettings): ReceivedDocument {
  const property = (name: string): string | undefined => {
    const value = properties.userProperties?.[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const identity = property(identityProperty);
  const observedAt = property('observedAt') ?? property('time');
  const traceparent = property('traceparent');
  const { contentType, correlationData } = properties;
  return {
    document: typeof payload === 'string' ? payload : Buffer.from(payload),
    // Order is per topic in MQTT; a publisher that wants another one says so.
    orderingKey: property('orderingKey') ?? topic,
    ...(contentType === undefined ? {} : { mediaType: contentType }),
    ...(identity === undefined ? {} : { identity: `${topic} ${identity}` }),
    ...(observedAt === undefined ? {} : { observedAt }),
    ...(correlationData === undefined ? {} : { correlationId: correlationData.toString() }),
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}
