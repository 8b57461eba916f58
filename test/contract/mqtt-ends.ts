import { randomUUID } from 'node:crypto';
import type { MqttClient } from 'mqtt';
import { MqttProtocol } from '../../src/adaptor/protocol/mqtt/mqtt.protocol.js';
import { freePort } from '../e2e/support/broker-process.js';
import { Arrivals } from '../support/arrivals.js';
import { FaultyWire, type WireBehaviour } from '../support/faulty-wire.js';
import type { Source } from './inbound-protocol.js';
import { localGuard } from './local-guard.js';
import type { FarBehaviour, FarEnd } from './outbound-protocol.js';

/** Versions of MQTT. */
export type Version = '3.1.1' | '5';

/** A broker of either kind, as these tests need it. */
export interface Place {
  readonly port: number;
  /** Of a way in that lets nobody in. */
  readonly closedPort: number;
  publisher(): Promise<MqttClient>;
}

/** The protocol, which may connect to this machine. */
export const { outbound, inbound } = new MqttProtocol(localGuard());
const isDelivery = (chunk: Buffer): boolean => chunk.includes('"data":');
const WIRES: Partial<Record<FarBehaviour, WireBehaviour>> = {
  'stay-silent': (chunk) => (isDelivery(chunk) ? 'swallow' : 'pass'),
  'break-off': (chunk) => (isDelivery(chunk) ? 'cut' : 'pass'),
};

/** The far end of deliveries. */
export function mqttFarEnd(place: () => Place, version: Version): () => Promise<FarEnd> {
  return async () => {
    const arrivals = new Arrivals();
    const wires: FaultyWire[] = [];
    const topic = `out/${randomUUID()}`;
    const subscriber = await place().publisher();
    subscriber.on('message', (_topic, payload) => arrivals.add(payload.toString()));
    await subscriber.subscribeAsync(topic, { qos: 1 });
    return {
      protocol: outbound,
      async settings(behaviour, { agrees = true, timeoutMs = 5_000 } = {}) {
        const wire = await FaultyWire.start(agrees ? place().port : place().closedPort, WIRES[behaviour]);
        wires.push(wire);
        return { url: `mqtt://127.0.0.1:${wire.port}`, topic, version, timeoutMs };
      },
      unreachable: async () => ({ url: `mqtt://127.0.0.1:${await freePort()}`, topic: 'x', version }),
      invalid: [
        undefined,
        {},
        { url: 'http://example.org/', topic: 'x' },
        { url: 'mqtt://user:secret@example.org/', topic: 'x' },
        { url: 'mqtt://10.0.0.1/', topic: 'x' },
        { url: 'mqtt://example.org' },
        { url: 'mqtt://example.org', topic: 'twins/+/in' },
        { url: 'mqtt://example.org', topic: 'twins/#' },
        { url: 'mqtt://example.org', topic: '$SYS/x' },
        { url: 'mqtt://example.org', topic: 'twins/{nobody}' },
        { url: 'mqtt://example.org', topic: 'twins/{receiver' },
        { url: 'mqtt://example.org', topic: 'x', qos: 2 },
        { url: 'mqtt://example.org', topic: 'x', version: '3.1.1', responseTopic: 'y' },
        { url: 'mqtt://example.org', topic: 'x', password: 'x' },
      ],
      received: () => arrivals.texts,
      arrived: (count) => arrivals.atLeast(count),
      async close() {
        await subscriber.endAsync(true);
        for (const wire of wires) await wire.close();
      },
    };
  };
}

/** A source of documents. */
export function mqttSource(place: () => Place, version: Version): () => Promise<Source> {
  return async () => {
    const publisher = await place().publisher();
    const wire = await FaultyWire.start(place().port);
    const area = randomUUID();
    let said = 0;
    return {
      protocol: inbound,
      settings: () => Promise.resolve({ url: `mqtt://127.0.0.1:${wire.port}`, topics: [`${area}/+/flow`], version, clientId: area }),
      unreachable: async () => ({ url: `mqtt://127.0.0.1:${await freePort()}`, topics: ['x'], version }),
      invalid: [
        undefined,
        {},
        { url: 'mqtt://example.org' },
        { url: 'mqtt://example.org', topics: [] },
        { url: 'mqtt://example.org', topics: ['a/b#'] },
        { url: 'mqtt://example.org', topics: ['#/a'] },
        { url: 'mqtt://example.org', topics: ['$share/g/a'] },
        { url: 'mqtt://example.org', topics: ['a'], share: 'a/b' },
        { url: 'mqtt://example.org', topics: ['a'], will: { topic: 'a/+' } },
        { url: 'mqtt://127.0.0.1', topics: ['a'], qos: 2 },
        { url: 'mqtt://192.168.1.1', topics: ['a'] },
      ],
      async say(document) {
        said += 1;
        const properties = version === '5' ? { properties: { userProperties: { messageId: String(said) } } } : {};
        await publisher.publishAsync(`${area}/north/flow`, document, { qos: 1, ...properties });
      },
      breakOff() {
        wire.cut();
        return Promise.resolve();
      },
      keeps: 'all',
      names: version === '5',
      async close() {
        await publisher.endAsync(true);
        await wire.close();
      },
    };
  };
}
