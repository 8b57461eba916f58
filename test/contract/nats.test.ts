import { randomUUID } from 'node:crypto';
import { connect, headers, type NatsConnection } from 'nats';
import { NatsProtocol } from '../../src/adaptor/protocol/nats/nats.protocol.js';
import { Config } from '../../src/config/config.js';
import { OutboundGuard } from '../../src/security/outbound/outbound-guard.js';
import { freePort } from '../e2e/support/broker-process.js';
import { Arrivals } from '../support/arrivals.js';
import { FaultyWire, type WireBehaviour } from '../support/faulty-wire.js';
import { LOCALHOST_TLS } from '../support/localhost-tls.js';
import { NATS, type OwnNats, startNats } from '../support/nats-server.js';
import { Listening } from '../support/listening.js';
import { describeWith } from '../support/own-server.js';
import { inboundProtocolContract, type Source } from './inbound-protocol.js';
import { aDelivery, type FarBehaviour, type FarEnd, outboundProtocolContract } from './outbound-protocol.js';

const guard = new OutboundGuard(Object.assign(new Config(), { outboundAllow: ['127.0.0.0/8', '::1'] }));
const isDelivery = (chunk: Buffer): boolean => chunk.includes('"data":');
/** What the server itself cannot be made to do is done to the way there. */
const WIRES: Partial<Record<FarBehaviour, WireBehaviour>> = {
  'stay-silent': (chunk) => (isDelivery(chunk) ? 'swallow' : 'pass'),
  'break-off': (chunk) => (isDelivery(chunk) ? 'cut' : 'pass'),
};

describeWith('nats-server', NATS)('NATS, with nats-server', () => {
  let server: OwnNats;
  let connection: NatsConnection;
  beforeAll(async () => {
    server = await startNats();
    connection = await connect({ servers: `127.0.0.1:${server.port}` });
  });
  afterAll(async () => {
    await connection.close();
    await server.close();
  });

  /** A stream that takes `<name>.>`. */
  async function aStream(options: Record<string, unknown> = {}): Promise<string> {
    const name = `s${randomUUID()}`;
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name, subjects: [`${name}.>`], ...options });
    return name;
  }

  function nats(jetStream: boolean): () => Promise<FarEnd> {
    return () => {
      const arrivals = new Arrivals();
      const wires: FaultyWire[] = [];
      return Promise.resolve({
        protocol: new NatsProtocol(guard).outbound,
        async settings(behaviour, { agrees = true, timeoutMs = 5_000 } = {}) {
          const stream =
            !agrees || !jetStream ? `none${randomUUID()}` : await aStream(behaviour === 'refuse-message' ? { max_msg_size: 8 } : {});
          connection.subscribe(`${stream}.>`, { callback: (_, message) => arrivals.add(message.string()) });
          await connection.flush();
          const wire = await FaultyWire.start(server.port, WIRES[behaviour]);
          wires.push(wire);
          return { url: `nats://127.0.0.1:${wire.port}`, subject: `${stream}.x`, timeoutMs, jetStream };
        },
        unreachable: async () => ({ url: `nats://127.0.0.1:${await freePort()}`, subject: 'x', jetStream }),
        invalid: [
          undefined,
          [],
          {},
          { url: 'nats://127.0.0.1' },
          { url: 'http://127.0.0.1', subject: 'x' },
          { url: 'nats://user:secret@127.0.0.1', subject: 'x' },
          { url: 'nats://169.254.169.254', subject: 'x' },
          { url: 'nats://127.0.0.1', subject: 'x.*' },
          { url: 'nats://127.0.0.1', subject: 'x..y' },
          { url: 'nats://127.0.0.1', subject: '$SYS.x' },
          { url: 'nats://127.0.0.1', subject: '{token}' },
          { url: 'nats://127.0.0.1', subject: 'x', secret: 'x' },
        ],
        received: () => arrivals.texts,
        arrived: (count) => arrivals.atLeast(count),
        close: async () => {
          for (const wire of wires) await wire.close();
        },
      });
    };
  }

  outboundProtocolContract('nats', nats(true), { cannot: ['fail', 'ask-to-wait', 'gone', 'answer'] });

  async function source(jetStream: boolean): Promise<Source> {
    const stream = jetStream ? await aStream() : `core${randomUUID()}`;
    const wire = await FaultyWire.start(server.port);
    const url = `nats://127.0.0.1:${wire.port}`;
    return {
      protocol: new NatsProtocol(guard).inbound,
      settings: () => Promise.resolve({ url, subject: `${stream}.>`, jetStream }),
      unreachable: async () => ({ url: `nats://127.0.0.1:${await freePort()}`, subject: 'x', jetStream }),
      invalid: [
        undefined,
        {},
        { url },
        { url, subject: 'a.>.b' },
        { url, subject: 'a*' },
        { url, subject: 'x', jetStream: false, stream: 's' },
      ],
      async say(document) {
        const named = headers();
        named.set('Nats-Msg-Id', randomUUID());
        connection.publish(`${stream}.x`, document, { headers: named });
        await connection.flush();
      },
      breakOff: () => {
        wire.cut();
        return Promise.resolve();
      },
      keeps: jetStream ? 'all' : 'nothing',
      names: true,
      close: () => wire.close(),
    };
  }

  inboundProtocolContract('nats', () => source(true));
  inboundProtocolContract('nats, without JetStream', () => source(false));

  it('names what has no name by its place in the stream', async () => {
    const stream = await aStream();
    const { inbound } = new NatsProtocol(guard);
    const listening = new Listening();
    const settings = inbound.read({ url: `nats://127.0.0.1:${server.port}`, subject: `${stream}.>`, from: 'all' });
    connection.publish(`${stream}.x`, '{}');
    await connection.flush();
    const session = inbound.open({ settings, credentials: {}, id: randomUUID() }, listening);
    await listening.until(() => listening.documents.length > 0);
    await session.close();
    expect(listening.documents[0]?.identity).toMatch(new RegExp(`^${stream}\\.1\\.\\d+$`));
  });

  it('sends to core NATS when it is told to', async () => {
    const received: string[] = [];
    connection.subscribe('core.PROVIDE.flow', { callback: (_, message) => received.push(message.string()) });
    await connection.flush();
    const { outbound } = new NatsProtocol(guard);
    const settings = { url: `nats://127.0.0.1:${server.port}`, subject: 'core.{action}.{subject}', jetStream: false, content: 'payload' };
    const session = outbound.open({ settings: outbound.read(settings), keys: [] });
    expect(await session.verify()).toEqual({ kind: 'agreed' });
    expect(await session.send(aDelivery())).toEqual({ kind: 'accepted' });
    await connection.flush();
    expect(received).toEqual(['{"n":12345678901234567890.10}']);
    await session.close();
  });

  it('trusts the certificate that it is told to, of the name that it was given, and is let in by its credentials', async () => {
    const { outbound } = new NatsProtocol(guard);
    const sendTo = async (url: string, credentials: Record<string, string>): Promise<string> => {
      const read = outbound.read({ subject: 'x', timeoutMs: 5_000, jetStream: false, url });
      const session = outbound.open({ settings: read, keys: [], credentials });
      const outcome = await session.send(aDelivery());
      await session.close();
      return outcome.kind === 'retry' ? outcome.reason : outcome.kind;
    };
    const url = `tls://localhost:${server.tlsPort}`;
    const user = { username: 'city', password: 'hall', ca: LOCALHOST_TLS.cert };
    expect(await sendTo(url, user)).toBe('accepted');
    expect(await sendTo(url, { ...user, password: 'not-this' })).toBe('it refused access');
    expect(await sendTo(url, { username: 'city', password: 'hall' })).toMatch(/SELF_SIGNED/);
    expect(await sendTo(`tls://127.0.0.1:${server.tlsPort}`, user)).toMatch(/ALTNAME/);
    expect(await sendTo(`nats://127.0.0.1:${server.tlsPort}`, user)).not.toBe('accepted');
  });
});
