import { Servient } from '@node-wot/core';
import { HttpServer } from '@node-wot/binding-http';
import { MqttBrokerServer } from '@node-wot/binding-mqtt';
import { freePort } from '../e2e/support/broker-process.js';

/** A thing served by node-wot over HTTP: a number, an action that doubles, and an event. */
export interface ThingServer {
  readonly port: number;
  /** Its description, as the server gives it. */
  readonly td: Readonly<Record<string, unknown>>;
  /** Where the description is. */
  readonly url: string;
  readonly speed: () => unknown;
  /** Whole messages that its action `hear` was invoked with. */
  readonly heard: readonly unknown[];
  setSpeed(value: unknown): void;
  /** Tells observers of what the property is now. */
  change(value: unknown): void;
  emit(value: unknown): void;
  close(): Promise<void>;
}

/** Starts one. */
export async function startThing(): Promise<ThingServer> {
  const port = await freePort();
  const servient = new Servient();
  servient.addServer(new HttpServer({ port, address: '127.0.0.1', baseUri: `http://127.0.0.1:${port}` }));
  const wot = await servient.start();
  let speed: unknown = 1;
  const thing = await wot.produce({
    title: 'pump',
    id: 'urn:test:pump',
    securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
    security: 'nosec_sc',
    properties: { speed: { type: 'number', observable: true } },
    actions: { double: { input: { type: 'number' }, output: { type: 'number' } }, hear: { input: { type: 'object' } } },
    events: { alarm: { data: { type: 'object' } } },
  } as never);
  thing.setPropertyReadHandler('speed', () => Promise.resolve(speed as never));
  thing.setPropertyWriteHandler('speed', async (value) => {
    speed = await value.value();
  });
  thing.setActionHandler('double', async (value) => ((await value.value()) as number) * 2);
  const heard: unknown[] = [];
  thing.setActionHandler('hear', async (value) => {
    heard.push(await value.value());
    return undefined as never;
  });
  await thing.expose();
  return {
    port,
    heard,
    td: thing.getThingDescription() as unknown as Record<string, unknown>,
    url: `http://127.0.0.1:${port}/pump`,
    speed: () => speed,
    setSpeed: (value) => {
      speed = value;
    },
    change: (value) => {
      speed = value;
      thing.emitPropertyChange('speed');
    },
    emit: (value) => thing.emitEvent('alarm', value as never),
    close: () => servient.shutdown(),
  };
}

/** The same thing over MQTT, by way of an MQTT broker at `port` of 127.0.0.1; node-wot's binding is a version behind. */
export async function startMqttThing(
  port: number,
): Promise<{ td: Readonly<Record<string, unknown>>; emit(value: unknown): void; asked: unknown[]; close(): Promise<void> }> {
  const servient = new Servient();
  servient.addServer(new MqttBrokerServer({ uri: `mqtt://127.0.0.1:${port}` }) as never);
  const wot = await servient.start();
  const asked: unknown[] = [];
  const thing = await wot.produce({
    title: 'valve',
    id: 'urn:test:valve',
    securityDefinitions: { nosec_sc: { scheme: 'nosec' } },
    security: 'nosec_sc',
    actions: { turn: { input: { type: 'number' } } },
    events: { alarm: { data: { type: 'object' } } },
  } as never);
  thing.setActionHandler('turn', async (value) => {
    asked.push(await value.value());
    return undefined as never;
  });
  await thing.expose();
  return {
    td: thing.getThingDescription() as unknown as Record<string, unknown>,
    emit: (value) => thing.emitEvent('alarm', value as never),
    asked,
    close: () => servient.shutdown(),
  };
}
