import { type ChannelModel, connect } from 'amqplib';
import { randomUUID } from 'node:crypto';
import { AmqpProtocol } from '../../src/adaptor/protocol/amqp/amqp.protocol.js';
import { Config } from '../../src/config/config.js';
import { OutboundGuard } from '../../src/security/outbound/outbound-guard.js';
import { freePort } from '../e2e/support/broker-process.js';
import { Arrivals } from '../support/arrivals.js';
import { FaultyWire, type WireBehaviour } from '../support/faulty-wire.js';
import { LOCALHOST_TLS } from '../support/localhost-tls.js';
import { Listening } from '../support/listening.js';
import { describeWith } from '../support/own-server.js';
import { RABBITMQ, type RabbitServer, startRabbit } from '../support/rabbit-server.js';
import { inboundProtocolContract, type Source } from './inbound-protocol.js';
import { aDelivery, type FarBehaviour, type FarEnd, outboundProtocolContract } from './outbound-protocol.js';

const START_MS = 120_000;
const guard = new OutboundGuard(Object.assign(new Config(), { outboundAllow: ['127.0.0.0/8', '::1'] }));
const isDelivery = (chunk: Buffer): boolean => chunk.includes('"data":');
/** What the server itself cannot be made to do is done to the way there. */
const WIRES: Partial<Record<FarBehaviour, WireBehaviour>> = {
  'stay-silent': (chunk) => (isDelivery(chunk) ? 'swallow' : 'pass'),
  'break-off': (chunk) => (isDelivery(chunk) ? 'cut' : 'pass'),
};

describeWith('RabbitMQ', RABBITMQ)('AMQP, with RabbitMQ', () => {
  let rabbit: RabbitServer;
  let model: ChannelModel;
  beforeAll(async () => {
    rabbit = await startRabbit();
    model = await connect(`amqp://guest:guest@127.0.0.1:${rabbit.port}`);
  }, START_MS);
  afterAll(async () => {
    await model.close();
    await rabbit.close();
  });

  async function aQueue(options: Record<string, unknown> = {}): Promise<string> {
    const channel = await model.createChannel();
    const { queue } = await channel.assertQueue(`q-${randomUUID()}`, { durable: true, ...options });
    await channel.close();
    return queue;
  }

  async function amqp(): Promise<FarEnd> {
    const { outbound } = new AmqpProtocol(guard);
    const arrivals = new Arrivals();
    const wires: FaultyWire[] = [];
    const channel = await model.createChannel();
    return {
      protocol: outbound,
      async settings(behaviour, { agrees = true, timeoutMs = 5_000 } = {}) {
        const queue = agrees ? await aQueue() : `none-${randomUUID()}`;
        if (agrees) await channel.consume(queue, (message) => arrivals.add(message?.content.toString() ?? ''), { noAck: true });
        const wire = await FaultyWire.start(rabbit.port, WIRES[behaviour]);
        wires.push(wire);
        const url = `amqp://127.0.0.1:${wire.port}`;
        return behaviour === 'fail' ? { url, exchange: 'nowhere', routingKey: queue, timeoutMs } : { url, routingKey: queue, timeoutMs };
      },
      unreachable: async () => ({ url: `amqp://127.0.0.1:${await freePort()}`, routingKey: 'x' }),
      invalid: [
        undefined,
        [],
        {},
        { url: 'amqp://127.0.0.1' },
        { url: 'http://127.0.0.1', routingKey: 'x' },
        { url: 'amqp://guest:guest@127.0.0.1', routingKey: 'x' },
        { url: 'amqp://169.254.169.254', routingKey: 'x' },
        { url: 'amqp://127.0.0.1/a/b', routingKey: 'x' },
        { url: 'amqp://127.0.0.1/?heartbeat=1', routingKey: 'x' },
        { url: 'amqp://127.0.0.1', routingKey: '{password}' },
        { url: 'amqp://127.0.0.1', routingKey: 'x', timeoutMs: 0 },
        { url: 'amqp://127.0.0.1', routingKey: 'x', secret: 'x' },
      ],
      received: () => arrivals.texts,
      arrived: (count) => arrivals.atLeast(count),
      async close() {
        await channel.close();
        for (const wire of wires) await wire.close();
      },
    };
  }

  async function source(): Promise<Source> {
    const queue = await aQueue();
    const channel = await model.createConfirmChannel();
    const wire = await FaultyWire.start(rabbit.port);
    const url = `amqp://127.0.0.1:${wire.port}`;
    return {
      protocol: new AmqpProtocol(guard).inbound,
      settings: () => Promise.resolve({ url, queue }),
      unreachable: async () => ({ url: `amqp://127.0.0.1:${await freePort()}`, queue }),
      invalid: [
        undefined,
        {},
        { url },
        { url, queue, bindingKeys: ['#'] },
        { url, queue, prefetch: 0 },
        { url, queue: 1 },
        { url: 'x', queue },
      ],
      async say(document) {
        channel.sendToQueue(queue, Buffer.from(document), { messageId: randomUUID() });
        await channel.waitForConfirms();
      },
      breakOff: () => {
        wire.cut();
        return Promise.resolve();
      },
      keeps: 'all',
      names: true,
      async close() {
        await channel.close();
        await wire.close();
      },
    };
  }

  outboundProtocolContract('amqp', amqp, { cannot: ['refuse-message', 'ask-to-wait', 'gone', 'answer'] });

  inboundProtocolContract('amqp', source);

  it('says that a message which no queue is bound for was not taken', async () => {
    const session = new AmqpProtocol(guard).outbound.open({
      settings: new AmqpProtocol(guard).outbound.read({ url: `amqp://127.0.0.1:${rabbit.port}`, routingKey: `none-${randomUUID()}` }),
      keys: [],
    });
    const outcome = await session.send(aDelivery());
    expect(outcome).toMatchObject({ kind: 'retry', fault: 'not-taken', reason: expect.stringContaining('no queue') as string });
    await session.close();
  });

  it('trusts the certificate that it is told to, of the name that it was given', async () => {
    const { outbound } = new AmqpProtocol(guard);
    const queue = await aQueue();
    const sendTo = async (url: string, credentials = {}): Promise<string> => {
      const session = outbound.open({ settings: outbound.read({ routingKey: queue, timeoutMs: 5_000, url }), keys: [], credentials });
      const outcome = await session.send(aDelivery());
      await session.close();
      return outcome.kind === 'retry' ? outcome.reason : outcome.kind;
    };
    expect(await sendTo(`amqps://localhost:${rabbit.tlsPort}`, { ca: LOCALHOST_TLS.cert })).toBe('accepted');
    expect(await sendTo(`amqps://localhost:${rabbit.tlsPort}`)).toMatch(/SELF_SIGNED/);
    expect(await sendTo(`amqps://127.0.0.1:${rabbit.tlsPort}`, { ca: LOCALHOST_TLS.cert })).toMatch(/ALTNAME/);
  });

  it('tells what the properties say', async () => {
    const { outbound, inbound } = new AmqpProtocol(guard);
    const url = `amqp://127.0.0.1:${rabbit.port}`;
    const queue = await aQueue();
    const endpoint = outbound.open({ settings: outbound.read({ url, routingKey: queue }), keys: [] });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    expect(await endpoint.send(aDelivery({ traceparent, expiresAt, answerBy: expiresAt }))).toEqual({ kind: 'accepted' });
    await endpoint.close();
    const listening = new Listening();
    const session = inbound.open({ settings: inbound.read({ url, queue }), credentials: {}, id: 'b' }, listening);
    await listening.until(() => listening.documents.length > 0);
    await session.close();
    const { deliveryId, messageId, acceptedAt } = aDelivery();
    expect(listening.documents[0]).toMatchObject({
      identity: messageId,
      correlationId: deliveryId,
      mediaType: 'application/json',
      observedAt: acceptedAt,
      traceparent,
    });
  });

  it('gives the payload alone to who knows no messages, and binds a queue of its own to an exchange', async () => {
    const { outbound, inbound } = new AmqpProtocol(guard);
    const channel = await model.createChannel();
    const { exchange } = await channel.assertExchange(`x-${randomUUID()}`, 'topic');
    const url = `amqp://127.0.0.1:${rabbit.port}`;
    const listening = new Listening();
    const id = randomUUID();
    const session = inbound.open({ settings: inbound.read({ url, exchange, bindingKeys: ['PROVIDE.*'] }), credentials: {}, id }, listening);
    await listening.connected();
    const endpoint = outbound.open({
      settings: outbound.read({ url, exchange, routingKey: '{action}.{subject}', content: 'payload' }),
      keys: [],
    });
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    expect(await endpoint.send(aDelivery({ expiresAt }))).toEqual({ kind: 'accepted' });
    await endpoint.close();
    await listening.until(() => listening.documents.length > 0);
    await session.close();
    expect(listening.texts).toEqual(['{"n":12345678901234567890.10}']);
    await channel.close();
  });

  it('says that it was not let in, without saying by which password', async () => {
    const { outbound, inbound } = new AmqpProtocol(guard);
    const credentials = { username: 'someone', password: 'not-this' };
    const url = `amqp://127.0.0.1:${rabbit.port}`;
    const session = outbound.open({ settings: outbound.read({ url, routingKey: 'x' }), keys: [], credentials });
    expect(await session.verify()).toEqual({ kind: 'refused', reason: 'it refused access (AMQP 403)' });
    await session.close();
    const probe = await inbound.probe({ settings: inbound.read({ url, queue: 'x' }), credentials, id: 'b' }, new AbortController().signal);
    expect(probe).toEqual({ kind: 'failed', reason: 'it refused access (AMQP 403)' });
  });
});
