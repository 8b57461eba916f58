import type { SendOutcome } from '../../src/adaptor/protocol/outbound-protocol.js';
import { WotProtocol } from '../../src/adaptor/protocol/wot/wot.protocol.js';
import { createServer, type AddressInfo } from 'node:net';
import { Aedes } from 'aedes';
import { startMqttThing, startThing, type ThingServer } from '../support/thing-server.js';
import { HookServer } from '../support/hook-server.js';
import { Listening } from '../support/listening.js';
import { localGuard } from './local-guard.js';
import { aDelivery } from './outbound-protocol.js';

const guard = localGuard();
const message = (payload: unknown): string => JSON.stringify({ header: {}, data: { payload } });

describe('WoT, with node-wot', () => {
  let thing: ThingServer;
  beforeEach(async () => {
    thing = await startThing();
  });
  afterEach(() => thing.close());

  it('writes a property, reads it, and invokes an action', async () => {
    const { outbound } = new WotProtocol(guard);
    const session = outbound.open({ settings: outbound.read({ url: thing.url, affordances: { flow: 'speed' } }), keys: [] });
    expect(await session.verify()).toEqual({ kind: 'agreed' });
    expect(await session.send(aDelivery({ text: message(7.5) }))).toEqual({ kind: 'accepted' });
    expect(thing.speed()).toBe(7.5);
    const asked = { answerBy: aDelivery().expiresAt };
    const read = await session.send(aDelivery({ ...asked, action: 'RETRIEVE' }));
    expect(read).toMatchObject({ kind: 'accepted', result: { document: Buffer.from('7.5') } });
    const doubled = await session.send(aDelivery({ ...asked, action: 'INVOKE', subject: 'double', text: message(4) }));
    expect(doubled).toMatchObject({ kind: 'accepted', result: { document: Buffer.from('8') } });
    const unknown = await session.send(aDelivery({ subject: 'nothing', text: message(4) }));
    expect(unknown).toMatchObject({ kind: 'retry', fault: 'message' });
    await session.close();
  });

  it('takes the description from the settings too', async () => {
    const { outbound } = new WotProtocol(guard);
    const session = outbound.open({ settings: outbound.read({ td: thing.td }), keys: [] });
    expect(await session.send(aDelivery({ subject: 'speed', text: message(3) }))).toEqual({ kind: 'accepted' });
    expect(thing.speed()).toBe(3);
    await session.close();
  });

  it('gives what is no operation to the action that takes whole messages', async () => {
    const { outbound } = new WotProtocol(guard);
    const open = (messages: string) => outbound.open({ settings: outbound.read({ url: thing.url, messages }), keys: [] });
    const session = open('hear');
    expect(await session.verify()).toEqual({ kind: 'agreed' });
    const whole = { header: { messageId: 'm' }, data: { action: 'CONNECT', object: { type: 'connection', id: 'urn:c:1' } } };
    expect(await session.send(aDelivery({ action: 'CONNECT', subject: 'urn:c:1', text: JSON.stringify(whole) }))).toEqual({
      kind: 'accepted',
    });
    // An answer to what the twin asked, which nobody awaits an answer to.
    const answer = { ...whole, data: { action: 'RETRIEVE', object: { type: 'data', id: 'speed' }, payload: 3 } };
    expect(await session.send(aDelivery({ action: 'RETRIEVE', subject: 'speed', text: JSON.stringify(answer) }))).toEqual({
      kind: 'accepted',
    });
    expect(thing.heard).toEqual([whole, answer]);
    expect(await session.send(aDelivery({ action: 'NOTIFY', subject: 'speed', text: message(7.5) }))).toEqual({ kind: 'accepted' });
    expect(thing.speed()).toBe(7.5);
    await session.close();
    const wrong = open('speed');
    expect(await wrong.verify()).toEqual({ kind: 'refused', reason: 'the thing has no action speed' });
    await wrong.close();
  });

  it('polls a property', async () => {
    const { inbound } = new WotProtocol(guard);
    const binding = { settings: inbound.read({ url: thing.url, property: 'speed', intervalMs: 200 }), credentials: {}, id: 'b' };
    expect(await inbound.probe(binding, AbortSignal.timeout(5_000))).toEqual({ kind: 'reached' });
    const listening = new Listening();
    const session = inbound.open(binding, listening);
    await listening.until(() => listening.texts.includes('1'));
    thing.setSpeed(2);
    await listening.until(() => listening.texts.includes('2'));
    await session.close();
    expect(listening.news.slice(0, 2).map(([news]) => news)).toEqual(['connecting', 'connected']);
  });

  it('observes a property', async () => {
    const { inbound } = new WotProtocol(guard);
    const listening = new Listening();
    const binding = { settings: inbound.read({ url: thing.url, property: 'speed', by: 'observe' }), credentials: {}, id: 'b' };
    const session = inbound.open(binding, listening);
    await listening.connected();
    for (const value of [5, 6]) {
      const before = listening.documents.length;
      // What changes between two long polls is lost, as its losses say: it changes until it is heard of.
      while (listening.documents.length === before) {
        thing.change(value);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    await session.close();
    expect([...new Set(listening.texts)]).toEqual(['5', '6']);
    expect(inbound.losses(binding.settings).map(({ kind }) => kind)).toEqual(['gaps-possible', 'duplicates-possible']);
  });

  it('subscribes to events by long polls', async () => {
    const { inbound } = new WotProtocol(guard);
    const listening = new Listening();
    const session = inbound.open({ settings: inbound.read({ td: thing.td, event: 'alarm' }), credentials: {}, id: 'b' }, listening);
    await listening.connected();
    thing.emit({ level: 1 });
    await listening.until(() => listening.documents.length > 0);
    expect(listening.texts).toEqual(['{"level":1}']);
    await session.close();
  });
});

describe('WoT, over MQTT', () => {
  it('invokes actions and subscribes to events of a thing of node-wot', async () => {
    const aedes = await Aedes.createBroker();
    const server = createServer((socket) => aedes.handle(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const thing = await startMqttThing((server.address() as AddressInfo).port);
    const { inbound, outbound } = new WotProtocol(guard);
    const listening = new Listening();
    const listens = inbound.open({ settings: inbound.read({ td: thing.td, event: 'alarm' }), credentials: {}, id: 'b' }, listening);
    await listening.connected();
    thing.emit({ level: 1 });
    await listening.until(() => listening.documents.length > 0);
    expect(listening.texts).toEqual(['{"level":1}']);
    await listens.close();
    const session = outbound.open({ settings: outbound.read({ td: thing.td }), keys: [] });
    const published = new Promise<string>((resolve) =>
      aedes.on('publish', ({ topic, payload }) => topic.endsWith('turn') && resolve(String(payload))),
    );
    expect(await session.send(aDelivery({ action: 'INVOKE', subject: 'turn', text: message(5) }))).toEqual({ kind: 'accepted' });
    expect(await published).toBe('5');
    await session.close();
    await thing.close();
    await new Promise<void>((resolve) => aedes.close(resolve));
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('WoT', () => {
  const td = (form: object, definition: object = { scheme: 'nosec' }): Record<string, unknown> => ({
    title: 'thing',
    securityDefinitions: { s: definition },
    security: ['s'],
    properties: { p: { forms: [form] } },
    actions: { a: { forms: [form] } },
    events: { e: { forms: [form] } },
  });

  it.each([
    [{ scheme: 'basic' }, { username: 'u', password: 'p' }, 'authorization', `Basic ${Buffer.from('u:p').toString('base64')}`],
    [{ scheme: 'bearer' }, { token: 't' }, 'authorization', 'Bearer t'],
    [{ scheme: 'apikey', in: 'header', name: 'X-Key' }, { apiKey: 'k' }, 'x-key', 'k'],
  ])('shows what %j wants, and nothing else', async (definition, credentials, header, value) => {
    const hook = await HookServer.start();
    const { outbound } = new WotProtocol(guard);
    const settings = outbound.read({ td: td({ href: hook.url }, definition) });
    const others = { username: 'u', password: 'p', token: 't', apiKey: 'k' };
    const session = outbound.open({ settings, keys: [], credentials: { ...others, ...credentials } });
    expect(await session.send(aDelivery({ action: 'INVOKE', subject: 'a', text: message(1) }))).toEqual({ kind: 'accepted' });
    await session.close();
    const headers = hook.received[0]?.headers ?? {};
    expect(headers[header]).toBe(value);
    expect(Object.keys(headers).filter((name) => ['authorization', 'x-key', 'x-api-key'].includes(name))).toEqual([header]);
    const without = outbound.open({ settings, keys: [] });
    const outcome = await without.send(aDelivery({ action: 'INVOKE', subject: 'a', text: message(1) }));
    expect(outcome).toMatchObject({ kind: 'retry', fault: 'message', reason: expect.stringContaining('there is no credential') as string });
    await without.close();
    await hook.close();
  });

  it('shows credentials at the host that they were given for, and at no other', async () => {
    const [own, other] = await Promise.all([HookServer.start(), HookServer.start()]);
    const elsewhere = other.url.replace('127.0.0.1', 'localhost');
    const basic = { scheme: 'basic' };
    const described = (href: string, definition?: object): Record<string, unknown> =>
      td({ href, op: ['invokeaction', 'readproperty'] }, definition);
    const credentials = { username: 'u', password: 'p' };
    const invoke = async (description: Record<string, unknown>): Promise<SendOutcome> => {
      own.behaviour = (_, response) => void response.writeHead(200).end(JSON.stringify(description));
      const { outbound } = new WotProtocol(guard);
      const session = outbound.open({ settings: outbound.read({ url: own.url }), keys: [], credentials });
      const outcome = await session.send(aDelivery({ action: 'INVOKE', subject: 'a', text: message(1) }));
      await session.close();
      return outcome;
    };
    // Of a description that was fetched: its host may not hand them on.
    expect(await invoke(described(elsewhere, basic))).toMatchObject({
      kind: 'retry',
      fault: 'message',
      reason: expect.stringContaining('another host') as string,
    });
    expect(other.received).toEqual([]);
    // Without credentials it may name whom it likes; what listens at another port of the same host is the thing as well.
    expect(await invoke(described(elsewhere))).toEqual({ kind: 'accepted' });
    expect(other.received.at(-1)?.headers['authorization']).toBeUndefined();
    expect(await invoke(described(other.url, basic))).toEqual({ kind: 'accepted' });
    expect(other.received.at(-1)?.headers['authorization']).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
    const { inbound, outbound } = new WotProtocol(guard);
    own.behaviour = (_, response) => void response.writeHead(200).end(JSON.stringify(described(elsewhere, basic)));
    const binding = { settings: inbound.read({ url: own.url, property: 'p' }), credentials, id: 'b' };
    expect(await inbound.probe(binding, AbortSignal.timeout(5_000))).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('another host') as string,
    });
    // Of one that is in the settings: whoever gave it gave them for the hosts that it names.
    const given = outbound.open({ settings: outbound.read({ td: described(elsewhere, basic) }), keys: [], credentials });
    expect(await given.send(aDelivery({ action: 'INVOKE', subject: 'a', text: message(1) }))).toEqual({ kind: 'accepted' });
    expect(other.received.at(-1)?.headers['authorization']).toBeDefined();
    await given.close();
    await Promise.all([own.close(), other.close()]);
  });

  it.each([
    [td({ href: 'coap://127.0.0.1/p' }), '/td/properties/p/forms/0/href'],
    [td({ href: 'http://127.0.0.1/p{?x}' }), '/td/properties/p/forms/0/href'],
    [td({ href: 'p' }), '/td/properties/p/forms/0/href'],
    [td({ href: 'http://127.0.0.1/p', subprotocol: 'sse' }), '/td/properties/p/forms/0/subprotocol'],
    [td({ href: 'http://127.0.0.1/p' }, { scheme: 'oauth2' }), '/td/properties/p/forms/0/security'],
    [td({ href: 'http://127.0.0.1/p' }, { scheme: 'apikey', in: 'query', name: 'k' }), '/td/properties/p/forms/0/security'],
    [td({ href: 'http://127.0.0.1/p', op: 'writeproperty' }), '/td/properties/p/forms'],
    [{ title: 'x' }, '/td/securityDefinitions'],
  ])('refuses what it cannot follow, with a pointer: %j', (given, pointer) => {
    const { inbound } = new WotProtocol(guard);
    expect(() => inbound.read({ td: given, property: 'p' })).toThrow(
      expect.objectContaining({ code: 'validation-failed', errors: [{ pointer, detail: expect.any(String) as string }] }) as Error,
    );
  });

  it('refuses events over HTTP without a subprotocol, and addresses that are not permitted', async () => {
    const { inbound, outbound } = new WotProtocol(guard);
    expect(() => inbound.read({ td: td({ href: 'http://127.0.0.1/e' }), event: 'e' })).toThrow(
      expect.objectContaining({ code: 'validation-failed' }) as Error,
    );
    expect(() => outbound.read({ url: 'http://169.254.169.254/td' })).toThrow(
      expect.objectContaining({ code: 'validation-failed' }) as Error,
    );
    const session = outbound.open({ settings: outbound.read({ td: td({ href: 'http://169.254.169.254/p' }) }), keys: [] });
    expect((await session.send(aDelivery({ subject: 'p', text: message(1) }))).kind).toBe('retry');
    await session.close();
  });

  it('says that a thing cannot be reached, and takes nothing', async () => {
    const { outbound } = new WotProtocol(guard);
    const session = outbound.open({ settings: outbound.read({ url: 'http://127.0.0.1:1/td' }), keys: [] });
    expect((await session.verify()).kind).toBe('refused');
    expect(await session.send(aDelivery())).toMatchObject({ kind: 'retry', fault: 'not-taken' });
    await session.close();
  });
});
