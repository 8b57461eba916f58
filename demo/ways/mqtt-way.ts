import { connectAsync, type MqttClient } from 'mqtt';
import type { Message } from '../client/message.js';
import type { NgsiLd } from '../formats/ngsi-ld.js';
import { patiently } from './patience.js';
import { dataOf, isPing, type Surroundings, type Way } from './way.js';

/** What the city's broker speaks: without properties beside a payload, so that answers are whole messages. */
const VERSION = '3.1.1';
const RETRY_MS = 500;

/** Twin and broker meet at the city's MQTT broker: messages, values and answers have a topic each; payloads are NGSI-LD entities. */
export class MqttWay implements Way {
  readonly name = 'MQTT';
  private mqtt: MqttClient | undefined;
  private area = '';
  private last: Promise<void> = Promise.resolve();

  constructor(
    /** The city's MQTT broker. */
    private readonly url: string,
    readonly format: NgsiLd,
  ) {}

  async begin(surroundings: Surroundings): Promise<void> {
    const { client, wires, outline } = surroundings;
    this.area = `twins/${client.id}`;
    this.mqtt = await connectAsync(this.url, { protocolVersion: 4, reconnectPeriod: RETRY_MS });
    this.mqtt.on('message', (_topic, payload) => {
      // One after the other: MQTT keeps the order of a topic.
      this.last = this.last.then(() => this.take(payload, surroundings)).catch(() => undefined);
    });
    await this.mqtt.subscribeAsync(`${this.area}/messages`, { qos: 1 });
    const common = { url: this.url, version: VERSION };
    await Promise.all([
      wires.deliverBy('mqtt', { ...common, topic: `${this.area}/messages` }),
      wires.listenBy('answers', 'mqtt', { ...common, topics: [`${this.area}/answers`] }),
      ...dataOf(outline).map((name) => wires.listenBy(name, 'mqtt', { ...common, topics: [`${this.area}/values/${name}`] }, name)),
    ]);
  }

  async publish(feature: string, value: unknown): Promise<void> {
    await this.mqtt?.publishAsync(`${this.area}/values/${feature}`, this.format.documentOf(value), { qos: 1 });
  }

  async end(): Promise<void> {
    await this.mqtt?.endAsync();
  }

  private async take(payload: Buffer, { client, hear }: Surroundings): Promise<void> {
    const message = JSON.parse(payload.toString()) as Message;
    if (isPing(message)) return;
    const reply = await patiently(() => hear(message));
    if (reply === undefined) return;
    await this.mqtt?.publishAsync(`${this.area}/answers`, JSON.stringify(client.response(message, reply)), { qos: 1 });
  }
}
