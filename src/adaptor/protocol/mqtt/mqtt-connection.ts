import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type IClientOptions, type IPublishPacket, MqttClient } from 'mqtt';
import type { OutboundGuard } from '../../../security/outbound/outbound-guard.js';
import { ConnectionOver } from '../reconnecting.js';
import { wordsOf } from '../no-answer.js';
import { placeOf } from '../wire-address.js';
import type { MqttSettings } from './mqtt-settings.js';

const PORTS = { mqtt: 1_883, mqtts: 8_883 };
const CONNECT_MS = 10_000;
/** Documents of QoS 1 that may be unacknowledged at once, which version 5 tells the other side. */
export const RECEIVE_MAXIMUM = 256;

/** What a connection is for. */
export interface MqttPurpose {
  readonly clientId: string;
  /** Whether the other side forgets the session when the connection ends. */
  readonly clean: boolean;
  readonly sessionExpirySeconds?: number;
  /** Takes a document; it is acknowledged by {@link MqttConnection.acknowledge}. The next one comes after `next`. */
  readonly onPublish?: (connection: MqttConnection, packet: IPublishPacket, next: () => void) => void;
}

/** Keeps the library from acknowledging by itself. One for all messages: an error with its stack costs as much as the message. */
const ACKNOWLEDGED_LATER = new Error('acknowledged later');

/** One connection to an MQTT broker, from CONNACK to its end; never reconnects by itself. */
export class MqttConnection {
  private over?: ConnectionOver;
  private readonly ended: Promise<ConnectionOver>;

  private constructor(
    readonly client: MqttClient,
    /** Whether the other side had kept the session. */
    readonly isResumed: () => boolean,
  ) {
    this.ended = new Promise((resolve) => {
      const end = (reason: string): void => {
        this.over ??= new ConnectionOver(reason);
        resolve(this.over);
      };
      client.on('error', (error) => end(reasonOf(error)));
      client.on('disconnect', (packet) => end(`it disconnected (reason ${packet.reasonCode ?? 0})`));
      client.on('close', () => end('the connection broke'));
    });
  }

  /** Connects. @throws ConnectionOver, OutboundRefused */
  static async open(
    guard: OutboundGuard,
    settings: MqttSettings,
    credentials: Readonly<Record<string, string>>,
    purpose: MqttPurpose,
    signal: AbortSignal,
  ): Promise<MqttConnection> {
    const url = new URL(settings.url);
    const place = await placeOf(guard, url, PORTS);
    signal.throwIfAborted();
    const { ca, cert, key } = credentials;
    const stream = (): Socket =>
      url.protocol === 'mqtts:'
        ? connectTls({
            host: place.address,
            port: place.port,
            ...(place.servername === undefined ? {} : { servername: place.servername }),
            ...(ca === undefined ? {} : { ca }),
            ...(cert === undefined ? {} : { cert }),
            ...(key === undefined ? {} : { key }),
          })
        : connectTcp({ host: place.address, family: place.family, port: place.port, noDelay: true });
    const client = new MqttClient(stream, optionsOf(settings, credentials, purpose));
    let isResumed = false;
    const connection = new MqttConnection(client, () => isResumed);
    // Not acknowledged by the library, which would do so one after the other: an error skips its PUBACK and lets it go on.
    client.handleMessage = (packet, done) => {
      if (purpose.onPublish === undefined || packet.qos === 0) {
        if (purpose.onPublish === undefined) done();
        else purpose.onPublish(connection, packet, () => done());
        return;
      }
      purpose.onPublish(connection, packet, () => done(ACKNOWLEDGED_LATER));
    };
    const abort = (): void => void client.end(true);
    signal.addEventListener('abort', abort, { once: true });
    try {
      const connected = new Promise<undefined>((resolve) => {
        client.once('connect', (packet) => {
          isResumed = packet.sessionPresent;
          resolve(undefined);
        });
      });
      const failure = await Promise.race([connected, connection.ended]);
      if (failure !== undefined) throw failure;
      signal.throwIfAborted();
      return connection;
    } catch (error) {
      client.end(true);
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  /** Whether nothing can be sent any more. */
  get isOver(): boolean {
    return this.over !== undefined;
  }

  /** Resolves when the connection has ended, with why. */
  get end(): Promise<ConnectionOver> {
    return this.ended;
  }

  /** Sends PUBACK, unless the connection is another one by now: the document comes again then. */
  acknowledge({ messageId }: IPublishPacket): void {
    if (this.over !== undefined || messageId === undefined) return;
    // The library has no way of its own to acknowledge later. The order of arrival is the caller's to keep.
    (this.client as unknown as { _sendPacket(packet: object): void })._sendPacket({ cmd: 'puback', messageId });
  }

  /** Subscribes. @throws ConnectionOver when the other side refuses */
  async subscribe(filters: readonly string[], qos: 0 | 1): Promise<void> {
    try {
      const granted = await this.client.subscribeAsync([...filters], { qos });
      const refused = granted.find((each) => (each.qos as number) >= 128);
      if (refused !== undefined) throw new ConnectionOver(`it refused the subscription to ${refused.topic}`, CONNECT_MS);
    } catch (error) {
      throw error instanceof ConnectionOver ? error : new ConnectionOver(`it refused the subscription: ${reasonOf(error)}`, CONNECT_MS);
    }
  }

  /** Says goodbye, or just ends. */
  async close(force = false): Promise<void> {
    this.over ??= new ConnectionOver('closed');
    await this.client.endAsync(force).catch(() => undefined);
  }
}

function optionsOf(settings: MqttSettings, { username, password }: Readonly<Record<string, string>>, purpose: MqttPurpose): IClientOptions {
  const { clientId, clean, sessionExpirySeconds } = purpose;
  const isFive = settings.version === '5';
  return {
    protocolVersion: isFive ? 5 : 4,
    clientId: settings.clientId ?? clientId,
    clean,
    keepalive: settings.keepAliveSeconds,
    connectTimeout: CONNECT_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    reschedulePings: true,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(isFive
      ? {
          properties: {
            receiveMaximum: RECEIVE_MAXIMUM,
            ...(sessionExpirySeconds === undefined ? {} : { sessionExpiryInterval: sessionExpirySeconds }),
          },
        }
      : {}),
  };
}

const REFUSALS: Readonly<Record<number, string>> = {
  1: 'it does not speak this version of MQTT',
  132: 'it does not speak this version of MQTT',
  4: 'it refuses the user name or password',
  5: 'it does not let this client in',
  133: 'it does not accept the client id',
  134: 'it refuses the user name or password',
  135: 'it does not let this client in',
};

/** Why an operation failed, in words that tell nothing of the broker's network. */
export function reasonOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'number') return REFUSALS[code] ?? `it answered with reason ${code}`;
  if (typeof code === 'string') return wordsOf(error);
  return message === 'connack timeout' ? 'it did not answer CONNECT in time' : 'the connection broke';
}
