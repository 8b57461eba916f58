import type { MemoryInbound, MemorySource } from '../../src/adaptor/protocol/memory/memory-inbound.js';
import { BindingCredentials } from '../../src/exchange/binding/binding-credentials.service.js';
import { BindingService } from '../../src/exchange/binding/binding.service.js';
import { SlotLeases } from '../../src/exchange/outbound/slot-leases.js';
import { ConnectionService } from '../../src/federation/connection.service.js';
import { parseConnectionId, type TwinId } from '../../src/kernel/ids.js';
import { jest } from '@jest/globals';
import { aPublisher, bindingWhen, listenerOf, offerMemory } from './binding-fixture.js';
import { CITY, invoke, notify, numbers, provide, TestCity } from './exchange-fixture.js';
import { hurry } from './outbound-fixture.js';

const bytes = (value: unknown): Buffer => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

describe('what comes over a wire', () => {
  let city: TestCity;
  let memory: MemoryInbound;
  let counter = 0;
  beforeAll(async () => {
    city = await TestCity.build(2);
    memory = offerMemory(city);
    for (const broker of city.brokers) hurry(broker, { leaseMs: 1_500 });
  });
  afterAll(() => city.close());
  afterEach(() => jest.restoreAllMocks());
  beforeEach(() => offerMemory(city, memory));

  async function aSource(twin: TwinId, more: { feature?: string } = {}): Promise<{ source: MemorySource; name: string }> {
    counter += 1;
    const name = `source-${counter}`;
    const source = memory.source(name);
    await city
      .broker()
      .get(BindingService)
      .put(CITY, twin, name, { protocol: 'memory', settings: { name }, ...more });
    await bindingWhen(city.broker(), twin, name, ({ state }) => state === 'CONNECTED');
    return { source, name };
  }

  it('is published as values of the feature, in order, digits and all', async () => {
    const { publisher, subscriber } = await aPublisher(city);
    const { source, name } = await aSource(publisher, { feature: 'flow' });
    const outcomes = await Promise.all([0, 1, 2].map((n) => source.say({ document: bytes({ n }), identity: `id-${n}` })));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['taken', 'taken', 'taken']);
    await source.say({ document: bytes('{"n": 12345678901234567890.10}'), observedAt: '2026-01-01T00:00:00Z' });
    const claim = await city.broker().claim(subscriber, { waitMs: 5_000 });
    expect(numbers(claim).slice(0, 3)).toEqual([0, 1, 2]);
    expect(claim.deliveries[3]?.candidate.payload).toBe('{"n": 12345678901234567890.10}');
    expect(JSON.parse(claim.deliveries[3]?.candidate.envelope ?? '')).toMatchObject({ data: { observedAt: '2026-01-01T00:00:00Z' } });
    const binding = await bindingWhen(city.broker(), publisher, name, ({ figures }) => figures.taken === 4);
    expect(binding.figures).toMatchObject({ received: 4, taken: 4, refused: 0, repeated: 0 });
  });

  it('is taken once when the wire names it, however often it comes', async () => {
    const { publisher, subscriber } = await aPublisher(city);
    const { source } = await aSource(publisher, { feature: 'flow' });
    const first = await source.say({ document: bytes({ n: 1 }), identity: 'one' });
    const again = await source.say({ document: bytes({ n: 1 }), identity: 'one' });
    expect(first).toMatchObject({ kind: 'taken', repeated: false });
    expect(again).toMatchObject({ kind: 'taken', repeated: true });
    // The same name for something else is a mistake of the source, by which nothing is lost.
    expect(await source.say({ document: bytes({ n: 2 }), identity: 'one' })).toMatchObject({ kind: 'taken', repeated: false });
    expect(numbers(await city.broker().claim(subscriber, { waitMs: 5_000 }))).toEqual([1, 2]);
  });

  it('is refused with a reason that is kept, and does not hold up what comes after', async () => {
    const { publisher, subscriber } = await aPublisher(city);
    const { source, name } = await aSource(publisher, { feature: 'flow' });
    const bad: [unknown, string][] = [
      [bytes('{"n":'), 'malformed-message'],
      [bytes('\uFEFF{"n":1}'), 'malformed-message'],
      [bytes('{"n":1},"x":{"n":1}'), 'malformed-message'],
      [bytes('{"n":"one"}'), 'payload-invalid'],
      [Buffer.from([0x7b, 0xff, 0x7d]), 'malformed-message'],
      [bytes('{"n":1e400}'), 'malformed-message'],
      [Buffer.alloc(1_048_577, 0x20), 'payload-too-large'],
    ];
    for (const [document, code] of bad) expect(await source.say({ document, identity: 'bad' })).toMatchObject({ kind: 'refused', code });
    expect(await source.say({ document: bytes({ n: 9 }) })).toMatchObject({ kind: 'taken' });
    expect(numbers(await city.broker().claim(subscriber, { waitMs: 5_000 }))).toEqual([9]);
    const { refusals, figures } = await bindingWhen(city.broker(), publisher, name, (each) => each.figures.taken === 1);
    expect(figures).toMatchObject({ refused: bad.length });
    expect(refusals).toHaveLength(bad.length);
    expect(refusals[3]).toMatchObject({ code: 'payload-invalid', identity: 'bad', excerpt: '{"n":"one"}' });
  });

  it('may be a whole message of the twin, but of no other', async () => {
    const { publisher, subscriber } = await aPublisher(city);
    const { source } = await aSource(publisher);
    expect(await source.say({ document: bytes(provide(publisher, subscriber, 4)) })).toMatchObject({ kind: 'taken' });
    expect(await source.say({ document: bytes(notify(subscriber, 4)) })).toMatchObject({ kind: 'refused', code: 'forbidden' });
    expect(numbers(await city.broker().claim(subscriber, { waitMs: 5_000 }))).toEqual([4]);
  });

  it('answers a REQUEST when the wire says which', async () => {
    const { publisher, subscriber } = await aPublisher(city);
    const { source } = await aSource(publisher, { feature: 'flow' });
    const request = invoke(subscriber, publisher) as { header: { messageId: string } };
    await city.broker().send(request);
    const { deliveries } = await city.broker().claim(publisher, { waitMs: 5_000 });
    const { deliveryId } = await import('../../src/exchange/inbox/delivery.js');
    const candidate = deliveries[0]?.candidate;
    if (candidate === undefined) throw new Error('nothing was claimed');
    const correlationId = deliveryId(candidate);
    expect(await source.say({ document: bytes({ open: false }), correlationId })).toMatchObject({
      kind: 'refused',
      code: 'payload-invalid',
    });
    expect(await source.say({ document: bytes({ closed: true }), correlationId })).toMatchObject({ kind: 'taken' });
    expect(await source.say({ document: bytes({ closed: true }), correlationId: 'x' })).toMatchObject({ kind: 'refused' });
    const answers = await city.broker().claim(subscriber, { waitMs: 5_000 });
    expect(JSON.parse(answers.deliveries[0]?.candidate.envelope ?? '')).toMatchObject({
      header: { messageType: 'RESPONSE', correlationId: request.header.messageId },
    });
  });

  it('goes on where it was, under changed settings and credentials', async () => {
    const { publisher, subscriber } = await aPublisher(city);
    const { source, name } = await aSource(publisher, { feature: 'flow' });
    await source.say({ document: bytes({ n: 0 }), position: 'zero' });
    await city.broker().get(BindingCredentials).put(CITY, publisher, name, 'token', 'first');
    await bindingWhen(city.broker(), publisher, name, () => source.opened.at(-1)?.credentials['token'] === 'first');
    await source.say({ document: bytes({ n: 1 }), position: 'one' });
    await city.broker(1).get(BindingCredentials).put(CITY, publisher, name, 'token', 'second');
    await bindingWhen(city.broker(), publisher, name, () => source.opened.at(-1)?.credentials['token'] === 'second');
    await source.say({ document: bytes({ n: 2 }) });
    // At first the two brokers share out what there is to listen to: the one may take it over from the other.
    const openings = source.opened.map(
      ({ credentials, position }) => `${credentials['token'] ?? 'none'} from ${position ?? 'the beginning'}`,
    );
    expect([...new Set(openings)]).toEqual(['none from the beginning', 'first from zero', 'second from one']);
    expect(numbers(await city.broker().claim(subscriber, { waitMs: 5_000 }))).toEqual([0, 1, 2]);
    const { items } = { items: await city.broker().get(BindingCredentials).list(CITY, publisher, name) };
    expect(JSON.stringify(items)).not.toContain('second');
    await expect(city.broker().get(BindingCredentials).put(CITY, publisher, name, 'password', 'x')).rejects.toMatchObject({
      code: 'validation-failed',
    });
  });

  it('reaches another broker when the one that listened is gone, and nothing is lost', async () => {
    const { publisher, subscriber } = await aPublisher(city);
    const { source, name } = await aSource(publisher, { feature: 'flow' });
    await source.say({ document: bytes({ n: 0 }), identity: '0' });
    const { owner, other } = await listenerOf(city, publisher, name);
    const frozen = jest.spyOn(owner.get(SlotLeases), 'tick').mockResolvedValue(undefined);
    const { owner: successor } = await (async () => {
      for (;;) {
        if (source.opened.length === 2) return { owner: other };
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    expect(await source.say({ document: bytes({ n: 1 }), identity: '1' })).toMatchObject({ kind: 'taken' });
    expect(numbers(await successor.claim(subscriber, { waitMs: 5_000 }))).toEqual([0, 1]);
    frozen.mockRestore();
  });

  it('says that the twin is away, and its connections are LOST until it is back', async () => {
    const { publisher, connection } = await aPublisher(city);
    const { source, name } = await aSource(publisher, { feature: 'flow' });
    const stateOf = async (): Promise<string> =>
      (await city.broker().get(ConnectionService).read(CITY, parseConnectionId(connection))).state;
    source.tell('lost', 'its last will');
    const lost = await bindingWhen(city.broker(), publisher, name, ({ state }) => state === 'LOST');
    expect(lost.reason).toBe('its last will');
    while ((await stateOf()) !== 'LOST') await new Promise((resolve) => setTimeout(resolve, 20));
    source.tell('returned');
    await source.say({ document: bytes({ n: 1 }) });
    while ((await stateOf()) !== 'CONNECTED') await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it('is not listened to any more once the binding is disabled or removed', async () => {
    const { publisher } = await aPublisher(city);
    const { source, name } = await aSource(publisher, { feature: 'flow' });
    const service = city.broker().get(BindingService);
    await service.put(CITY, publisher, name, { protocol: 'memory', settings: { name }, feature: 'flow', enabled: false });
    await bindingWhen(city.broker(), publisher, name, ({ state }) => state === 'DISCONNECTED' && source.listener === undefined);
    await service.put(CITY, publisher, name, { protocol: 'memory', settings: { name }, feature: 'flow' });
    await bindingWhen(city.broker(), publisher, name, ({ state }) => state === 'CONNECTED');
    await service.remove(CITY, publisher, name);
    while (source.listener !== undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    await expect(service.read(CITY, publisher, name)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('must be configured as the protocol wants it', async () => {
    const { publisher } = await aPublisher(city);
    const service = city.broker().get(BindingService);
    const put = (request: object): Promise<unknown> =>
      service.put(CITY, publisher, 'bad', { protocol: 'memory', settings: { name: 'x' }, ...request });
    await expect(put({ protocol: 'pigeon' })).rejects.toMatchObject({ code: 'validation-failed', pointer: '/protocol' });
    await expect(put({ settings: {} })).rejects.toMatchObject({ code: 'validation-failed', pointer: '/settings/name' });
    await expect(put({ feature: 'closeRoad' })).rejects.toMatchObject({ code: 'validation-failed', pointer: '/feature' });
  });
});
