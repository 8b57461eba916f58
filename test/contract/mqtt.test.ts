import { connectAsync, type MqttClient } from 'mqtt';
import { LOCALHOST_TLS } from '../support/localhost-tls.js';
import { MOSQUITTO, type OwnMosquitto, startMosquitto } from '../support/mosquitto.js';
import { describeWith } from '../support/own-server.js';
import { Listener } from '../support/wires/listener.js';
import { MqttBroker } from '../support/wires/mqtt-broker.js';
import { inboundProtocolContract } from './inbound-protocol.js';
import { inbound, mqttFarEnd, mqttSource, outbound, type Place } from './mqtt-ends.js';
import { aDelivery, outboundProtocolContract } from './outbound-protocol.js';

describe('mqtt 3.1.1, with aedes', () => {
  let broker: MqttBroker;
  let closed: MqttBroker;
  beforeAll(async () => {
    broker = await MqttBroker.start();
    closed = await MqttBroker.start();
    closed.aedes.authenticate = (_client, _name, _password, done) => done(null, false);
  });
  afterAll(async () => {
    await broker.close();
    await closed.close();
  });
  const place = (): Place => ({ port: broker.port, closedPort: closed.port, publisher: () => broker.client() });

  outboundProtocolContract('mqtt 3.1.1', mqttFarEnd(place, '3.1.1'), {
    cannot: ['fail', 'refuse-message', 'ask-to-wait', 'gone', 'answer'],
  });
  inboundProtocolContract('mqtt 3.1.1', mqttSource(place, '3.1.1'));

  it('fills in the topic without making levels of what is filled in', async () => {
    const subscriber = await broker.client();
    await subscriber.subscribeAsync('twins/#', { qos: 1 });
    const came = new Promise<string>((resolve) => subscriber.on('message', (topic) => resolve(topic)));
    const settings = outbound.read({ url: broker.url, topic: 'twins/{receiver}/{subject}', version: '3.1.1' });
    const session = outbound.open({ settings, keys: [], id: 'one' });
    expect(await session.send(aDelivery({ receiver: 'https://city.example/twins/+1#', subject: 'flow' }))).toEqual({ kind: 'accepted' });
    expect(await came).toBe('twins/https:%2F%2Fcity.example%2Ftwins%2F%2B1%23/flow');
    await session.close();
    await subscriber.endAsync(true);
  });

  it('connects again after the connection broke', async () => {
    const session = outbound.open({ settings: outbound.read({ url: broker.url, topic: 'x', version: '3.1.1' }), keys: [], id: 'again' });
    expect((await session.send(aDelivery())).kind).toBe('accepted');
    broker.dropAll();
    let outcome = await session.send(aDelivery());
    while (outcome.kind !== 'accepted') outcome = await session.send(aDelivery());
    await session.close();
  });

  it('trusts only whom it is told to over TLS, both ways', async () => {
    const secure = await MqttBroker.start({ tls: LOCALHOST_TLS });
    const settings = outbound.read({ url: secure.url, topic: 'x', version: '3.1.1' });
    const distrusting = outbound.open({ settings, keys: [] });
    const untrusted = expect.stringMatching(/SELF_SIGNED|CERT/) as string;
    expect(await distrusting.send(aDelivery())).toMatchObject({ kind: 'retry', fault: 'not-taken', reason: untrusted });
    const trusting = outbound.open({ settings, keys: [], credentials: { ca: LOCALHOST_TLS.cert } });
    expect(await trusting.send(aDelivery())).toEqual({ kind: 'accepted' });
    const binding = { id: 'tls', settings: inbound.read({ url: secure.url, topics: ['x'], version: '3.1.1' }), credentials: {} };
    expect(await inbound.probe(binding, AbortSignal.timeout(5_000))).toMatchObject({ kind: 'failed', reason: untrusted });
    const trusted = { ...binding, credentials: { ca: LOCALHOST_TLS.cert } };
    expect(await inbound.probe(trusted, AbortSignal.timeout(5_000))).toEqual({ kind: 'reached' });
    await distrusting.close();
    await trusting.close();
    await secure.close();
  });

  it('shows the credentials it is given, and says when they are refused', async () => {
    const guarded = await MqttBroker.start();
    guarded.aedes.authenticate = (_client, name, password, done) => done(null, name === 'city' && password?.toString() === 'right');
    const settings = inbound.read({ url: guarded.url, topics: ['x'], version: '3.1.1' });
    const wrong = { id: 'in', settings, credentials: { username: 'city', password: 'wrong' } };
    const right = { ...wrong, credentials: { ...wrong.credentials, password: 'right' } };
    expect(await inbound.probe(wrong, AbortSignal.timeout(5_000))).toMatchObject({ kind: 'failed' });
    expect(await inbound.probe(right, AbortSignal.timeout(5_000))).toEqual({ kind: 'reached' });
    await guarded.close();
  });

  it('hears of the last will of the twin, and of its return', async () => {
    const listener = new Listener();
    const settings = inbound.read({
      url: broker.url,
      version: '3.1.1',
      topics: ['w/flow'],
      will: { topic: 'w/status', offline: ['offline'] },
    });
    const session = inbound.open({ id: 'will', settings, credentials: {} }, listener);
    await listener.until(() => listener.news.includes('connected'));
    const twin = await broker.client({
      will: { topic: 'w/status', payload: Buffer.from('offline'), qos: 1, retain: false },
      reconnectPeriod: 0,
    });
    twin.stream.destroy();
    await listener.until(() => listener.news.includes('lost'));
    const back = await broker.client();
    await back.publishAsync('w/status', 'online', { qos: 1 });
    await listener.until(() => listener.news.includes('returned'));
    expect(listener.documents).toEqual([]);
    await back.endAsync(true);
    await session.close();
  });

  it('takes retained values, or not', async () => {
    const listener = new Listener();
    const twin = await broker.client();
    await twin.publishAsync('r/flow', '1', { qos: 1, retain: true });
    const settings = inbound.read({ url: broker.url, topics: ['r/+'], version: '3.1.1' });
    const take = inbound.open({ id: 'take', settings, credentials: {} }, listener);
    await listener.until(() => listener.documents.length === 1);
    expect(listener.news).not.toContain('returned');
    await take.close();
    const ignore = inbound.open({ id: 'ignore', settings: { ...settings, retained: 'ignore' }, credentials: {} }, listener);
    await listener.until(() => listener.news.filter((each) => each === 'connected').length === 2);
    await twin.publishAsync('r/flow', '2', { qos: 1 });
    await listener.until(() => listener.documents.length === 2);
    expect(listener.documents.map(({ document }) => String(document))).toEqual(['1', '2']);
    await ignore.close();
    await twin.endAsync(true);
  });

  it('names what it cannot promise', () => {
    const kinds = (settings: object): string[] =>
      inbound.losses(inbound.read({ url: 'mqtt://example.org', topics: ['a'], ...settings })).map(({ kind }) => kind);
    expect(kinds({ version: '3.1.1' })).toEqual(['duplicates-possible']);
    expect(kinds({ share: 'group', qos: 0 })).toEqual(['duplicates-possible', 'gaps-possible', 'order-not-kept']);
  });
});

describeWith('mosquitto', MOSQUITTO)('mqtt, with mosquitto', () => {
  let mosquitto: OwnMosquitto;
  beforeAll(async () => {
    mosquitto = await startMosquitto();
  });
  afterAll(() => mosquitto.close());
  const client = (): Promise<MqttClient> => connectAsync(`mqtt://127.0.0.1:${mosquitto.port}`, { protocolVersion: 5 });
  const place = (): Place => ({ port: mosquitto.port, closedPort: mosquitto.closedPort, publisher: client });

  outboundProtocolContract('mqtt 5', mqttFarEnd(place, '5'), { cannot: ['fail', 'refuse-message', 'ask-to-wait', 'gone', 'answer'] });
  inboundProtocolContract('mqtt 5', mqttSource(place, '5'));
  inboundProtocolContract('mqtt 3.1.1', mqttSource(place, '3.1.1'));

  it('says in properties of which delivery a message is, and hears of which REQUEST an answer is', async () => {
    const url = `mqtt://127.0.0.1:${mosquitto.port}`;
    const twin = await client();
    await twin.subscribeAsync('five/in', { qos: 1 });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    twin.on('message', (_topic, _payload, { properties = {} }) => {
      const { responseTopic = '', correlationData, userProperties = {} } = properties;
      const named = { messageId: 'one', observedAt: '2026-01-01T00:00:00Z', traceparent: String(userProperties['traceparent']) };
      twin.publish(responseTopic, 'a,b', {
        qos: 1,
        properties: { contentType: 'text/csv', ...(correlationData === undefined ? {} : { correlationData }), userProperties: named },
      });
    });
    const listener = new Listener();
    const listening = inbound.open({ id: 'five', settings: inbound.read({ url, topics: ['five/out'] }), credentials: {} }, listener);
    await listener.until(() => listener.news.includes('connected'));
    const sending = outbound.open({
      settings: outbound.read({ url, topic: 'five/in', responseTopic: 'five/out' }),
      keys: [],
      id: 'five-out',
    });
    expect(await sending.send(aDelivery({ traceparent, answerBy: '2026-01-01T12:00:30.000Z' }))).toEqual({ kind: 'accepted' });
    await listener.until(() => listener.documents.length === 1);
    expect(listener.documents[0]).toMatchObject({
      mediaType: 'text/csv',
      correlationId: 'MSA3',
      identity: 'five/out one',
      observedAt: '2026-01-01T00:00:00Z',
      traceparent,
      orderingKey: 'five/out',
    });
    await sending.close();
    await listening.close();
    await twin.endAsync(true);
  });

  it('takes its part of a shared subscription', async () => {
    const listener = new Listener();
    const settings = inbound.read({ url: `mqtt://127.0.0.1:${mosquitto.port}`, topics: ['s/#'], share: 'city' });
    const first = inbound.open({ id: 'share-1', settings, credentials: {} }, listener);
    const second = inbound.open({ id: 'share-2', settings, credentials: {} }, listener);
    await listener.until(() => listener.news.filter((each) => each === 'connected').length === 2);
    const twin = await client();
    for (let n = 0; n < 10; n += 1) await twin.publishAsync('s/flow', String(n), { qos: 1 });
    await listener.until(() => listener.documents.length === 10);
    expect(new Set(listener.documents.map(({ document }) => String(document))).size).toBe(10);
    await first.close();
    await second.close();
    await twin.endAsync(true);
  });
});
