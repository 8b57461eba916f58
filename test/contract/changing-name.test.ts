import { createSocket } from 'node:dgram';
import { createServer, type AddressInfo } from 'node:net';
import { HttpOutbound } from '../../src/adaptor/protocol/http/http-outbound.js';
import { WIRE_PROTOCOLS } from '../../src/adaptor/protocol/wire-protocols.js';
import type { WireProtocol } from '../../src/adaptor/protocol/wire-protocol.js';
import { Config } from '../../src/config/config.js';
import { OutboundGuard } from '../../src/security/outbound/outbound-guard.js';
import { HookServer } from '../support/hook-server.js';
import { Listening } from '../support/listening.js';
import { aDelivery, messageOf } from './outbound-protocol.js';

const NAME = 'twin.example.org';
const OPEN = '127.0.0.1';
/** Stands for an address that is none of the broker's business: it is not in what is allowed. */
const CLOSED = '127.0.0.2';

/** A guard for which a name is at the permitted address when it is first looked up, and at another one from then on. */
class ChangingGuard extends OutboundGuard {
  looks = 0;

  protected override lookUp(): Promise<{ address: string; family: number }[]> {
    this.looks += 1;
    return Promise.resolve([{ address: this.looks === 1 ? OPEN : CLOSED, family: 4 }]);
  }
}

/** Something that every protocol can send. */
const delivery = aDelivery({ text: messageOf('{"id":"urn:test:1","type":"Test"}') });
const SCHEMES: Readonly<Record<string, string>> = { websocket: 'ws', mqtt: 'mqtt', amqp: 'amqp', nats: 'nats', coap: 'coap' };
const MORE: Readonly<Record<string, { readonly in?: object; readonly out?: object }>> = {
  mqtt: { in: { topics: ['x'] }, out: { topic: 'x' } },
  amqp: { in: { queue: 'x' }, out: { routingKey: 'x' } },
  nats: { in: { subject: 'x' }, out: { subject: 'x' } },
  'ngsi-ld': { in: { types: ['T'], intervalMs: 200 } },
  http: { in: { intervalMs: 200 } },
  wot: { in: { property: 'p' } },
};

describe('a name that moves to a closed address', () => {
  const config = Object.assign(new Config(), { outboundAllow: [`${OPEN}/32`] });
  let guard: ChangingGuard;
  let port: number;
  /** What reached the closed address. */
  let trespasses: number;
  const closers: (() => Promise<void>)[] = [];

  beforeEach(async () => {
    guard = new ChangingGuard(config);
    trespasses = 0;
    // At the open address connections are accepted and dropped, so that they are made again.
    const open = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => open.listen(0, OPEN, resolve));
    port = (open.address() as AddressInfo).port;
    const closed = createServer((socket) => {
      trespasses += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => closed.listen(port, CLOSED, resolve));
    const datagrams = createSocket('udp4', () => (trespasses += 1));
    await new Promise<void>((resolve) => datagrams.bind(port, CLOSED, resolve));
    closers.push(
      () => new Promise((resolve) => open.close(() => resolve())),
      () => new Promise((resolve) => closed.close(() => resolve())),
      () => new Promise((resolve) => datagrams.close(() => resolve())),
    );
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });

  const made = (Protocol: (typeof WIRE_PROTOCOLS)[number]): WireProtocol =>
    new (Protocol as new (...parts: unknown[]) => WireProtocol)(guard, config);
  const settings = (name: string, direction: 'in' | 'out'): object => ({
    url: `${SCHEMES[name] ?? 'http'}://${NAME}:${port}`,
    ...MORE[name]?.[direction],
    ...(direction === 'in' && ['sse', 'websocket', 'mqtt'].includes(name) ? {} : { timeoutMs: 1_000 }),
  });
  const named = WIRE_PROTOCOLS.map((protocol) => [protocol.facts.name, protocol] as const);

  it.each(named.filter(([, { facts }]) => 'inbound' in facts))('is not followed by %s, inbound', async (name, Protocol) => {
    const { inbound } = made(Protocol);
    if (inbound === undefined) throw new Error(`${name} does not listen`);
    const listening = new Listening();
    const session = inbound.open({ settings: inbound.read(settings(name, 'in')), credentials: {}, id: 'changing' }, listening);
    const refused = (): boolean => listening.news.some(([, reason]) => reason?.includes('does not connect to its address') === true);
    await listening.until(refused);
    await session.close();
    expect(guard.looks).toBeGreaterThan(1);
    expect(listening.documents).toEqual([]);
    expect(trespasses).toBe(0);
  });

  it.each(named.filter(([, { facts }]) => 'outbound' in facts))('is not followed by %s, outbound', async (name, Protocol) => {
    const { outbound } = made(Protocol);
    if (outbound === undefined) throw new Error(`${name} does not send`);
    const session = outbound.open({ settings: outbound.read(settings(name, 'out')), keys: [] });
    expect((await session.verify()).kind).toBe('refused');
    const outcomes = [await session.send(delivery), await session.send(delivery)];
    await session.close();
    expect(guard.looks).toBeGreaterThan(1);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['retry', 'retry']);
    expect(outcomes[1]).toMatchObject({ fault: 'not-taken' });
    expect(trespasses).toBe(0);
  });

  it('goes to the address that was checked, though the name has moved before it connects', async () => {
    const hook = await HookServer.start();
    const outbound = new HttpOutbound(guard);
    const url = hook.url.replace(OPEN, NAME);
    const session = outbound.open({ settings: outbound.read({ url }), keys: [] });
    expect(await session.send(delivery)).toEqual({ kind: 'accepted' });
    expect(hook.received[0]?.headers.host).toBe(new URL(url).host);
    expect(await session.send(delivery)).toMatchObject({ kind: 'retry', fault: 'not-taken' });
    await session.close();
    await hook.close();
    expect(guard.looks).toBe(2);
  });
});
