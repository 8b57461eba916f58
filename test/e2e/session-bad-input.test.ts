import { connect } from 'node:net';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { SessionClient } from './support/session-client.js';
import { aTwinNetwork, flowMessage, type TwinNetwork } from './support/twin-network.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.

describe('a session that breaks the rules', () => {
  let broker: RunningBroker;
  let organization: TestOrganization;
  let network: TwinNetwork;
  let witness: SessionClient;
  beforeAll(async () => {
    broker = await RunningBroker.start({ environment: { SESSION_LIMIT_PER_CALLER: '4', CORS_ORIGINS: 'https://map.example' } });
    organization = await broker.createOrganization();
    network = await aTwinNetwork((method, path, body) => broker.api(method, path, body, organization.token), 1);
    witness = await SessionClient.open(broker.url, organization.token);
  });
  // Whatever one session does, another one goes on.
  afterEach(async () => {
    witness.send({ op: 'ping', n: 7 });
    expect(await witness.next('pong')).toEqual({ op: 'pong', n: 7 });
  });
  afterAll(async () => {
    await witness.close();
    await broker.close();
  });

  const message = (n: number): object => flowMessage(network.senders[0] ?? '', network.receiver, n);
  const deep = '['.repeat(100_000);

  it.each([
    ['no JSON', 'hello', 4409],
    ['nothing', '', 4409],
    ['an array', '[]', 4409],
    ['no op', '{}', 4409],
    ['an op of the broker', '{"op":"welcome"}', 4409],
    ['an op that is a method of objects', '{"op":"constructor"}', 4409],
    ['a key twice', '{"op":"ping","op":"ping"}', 4409],
    ['a key twice in a publish', '{"op":"publish","n":1,"n":2,"message":{}}', 4409],
    ['__proto__', '{"op":"ping","__proto__":{"n":1}}', 4409],
    ['a message twice in a publish', '{"op":"publish","n":1,"message":{},"message":{}}', 4409],
    ['something behind a publish', '{"op":"publish","n":1,"message":{}}}', 4409],
    ['something beside the message of a publish', '{"op":"publish","n":1,"message":{},"x":{}}', 4409],
    ['__proto__ in a publish', '{"op":"publish","n":1,"message":{},"__proto__":{}}', 4409],
    ['a member that is not known', '{"op":"ping","x":1}', 4409],
    ['a publish without number', '{"op":"publish","message":{}}', 4409],
    ['a publish with a number too large', '{"op":"publish","n":90071992547409930,"message":{}}', 4409],
    ['a publish with a fraction', '{"op":"publish","n":1.5,"message":{}}', 4409],
    ['nesting without end', `{"op":"ping","n":${deep}`, 4409],
    ['a receive without credit', '{"op":"receive","inbox":"urn:x:y"}', 4409],
    ['an inbox that is no URI', '{"op":"receive","inbox":"not a uri","credit":1}', 4409],
    ['an ack on an inbox that is not read', '{"op":"ack","inbox":"urn:x:y","upTo":1}', 4409],
    ['credit that is negative', '{"op":"credit","inbox":"urn:x:y","messages":-1}', 4409],
    ['an ack of nothing', '{"op":"ack","inbox":"urn:x:y"}', 4409],
    ['an ack of both kinds', '{"op":"ack","inbox":"urn:x:y","upTo":1,"n":[1]}', 4409],
    ['a pointless token', '{"op":"token"}', 4409],
  ])('is closed with a reason for %s', async (_what, frame, code) => {
    const client = await SessionClient.open(broker.url, organization.token);
    client.send(frame);
    const ending = await client.ended;
    expect(ending.code).toBe(code);
    expect(ending.reason).not.toBe('');
  });

  it('is closed for binary frames, for text that is not UTF-8, and for frames beyond the limit', async () => {
    const binary = await SessionClient.open(broker.url, organization.token);
    binary.webSocket.send(Buffer.from('{"op":"ping"}'));
    expect(await binary.ended).toMatchObject({ code: 1003 });
    const garbled = await SessionClient.open(broker.url, organization.token);
    garbled.webSocket.send(Buffer.from([0x7b, 0xff, 0xfe, 0x7d]), { binary: false });
    expect(await garbled.ended).toMatchObject({ code: 1007 });
    const large = await SessionClient.open(broker.url, organization.token);
    large.send(`{"op":"ping","n":"${'x'.repeat(1_100_000)}"}`);
    expect(await large.ended).toMatchObject({ code: 1009 });
  });

  it('refuses by itself a message that is too large, and keeps what comes after', async () => {
    const client = await SessionClient.open(broker.url, organization.token);
    const text = JSON.stringify(message(1)).replace('"n":1', `"n":1,"text":"${'x'.repeat(1_048_576)}"`);
    client.send(`{"op":"publish","n":1,"message":${text}}`);
    client.send({ op: 'publish', n: 2, message: message(2) });
    expect(await client.next('published', ({ n }) => n === 1)).toMatchObject({ problem: { status: 413 } });
    expect(await client.next('published', ({ n }) => n === 2)).toHaveProperty('receipt');
    await client.close();
  });

  it('is closed for messages beyond its credit; those before are kept', async () => {
    const client = await SessionClient.open(broker.url, organization.token);
    const welcome = client.frames[0];
    const count = Number(welcome?.messages) + 1;
    for (let n = 0; n < count; n += 1) client.send({ op: 'publish', n, message: message(1_000 + n) });
    const ending = await Promise.race([client.ended, client.all('published', count).then(() => undefined)]);
    // A broker that answered faster than this client sent had granted more by then.
    if (ending !== undefined) expect(ending).toMatchObject({ code: 4429 });
    await client.close();
  });

  it('is refused before it begins: origin, subprotocol, query, token, number', async () => {
    const status = async (headers: Record<string, string>, path = '/v1/exchange'): Promise<number> => {
      const lines = Object.entries({
        Host: 'x',
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Protocol': 'twinfed.exchange.v1',
        ...headers,
      }).map(([name, value]) => `${name}: ${value}`);
      const { hostname, port } = new URL(broker.url);
      const socket = connect(Number(port), hostname);
      socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      const text = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())));
      socket.destroy();
      return Number(text.split(' ')[1]);
    };
    const authorization = `Bearer ${organization.token}`;
    expect(await status({})).toBe(101);
    expect(await status({ authorization })).toBe(101);
    expect(await status({ Origin: 'https://map.example' })).toBe(101);
    expect(await status({ Origin: 'https://elsewhere.example' })).toBe(403);
    expect(await status({ 'Sec-WebSocket-Protocol': 'mqtt' })).toBe(400);
    expect(await status({}, '/v1/exchange?access_token=x')).toBe(400);
    expect(await status({ authorization: 'Bearer nonsense' })).toBe(401);
    expect(await status({ authorization: 'Basic eDp5' })).toBe(401);
    expect(await status({ 'Sec-WebSocket-Key': 'x' })).toBe(400);
    // Nothing but sessions is upgraded; the wish is passed over.
    expect(await status({}, '/health/live')).toBe(200);
    expect(await status({ Upgrade: 'h2c' }, '/health/live')).toBe(200);
    expect((await broker.api('GET', '/v1/exchange', undefined, organization.token)).status).toBe(426);
    const others = await Promise.all([1, 2, 3].map(() => SessionClient.open(broker.url, organization.token)));
    expect(await status({ authorization })).toBe(429);
    await Promise.all(others.map((client) => client.close()));
  });

  it('goes on after a message that is no JSON, in a frame that would be one', async () => {
    const client = await SessionClient.open(broker.url, organization.token);
    client.send('{"op":"publish","n":1,"message":{"header":01}}');
    client.send('{ "n": 2, "message": {"header":01}, "op": "publish" }');
    client.send({ op: 'publish', n: 3, message: message(3_000) });
    for (const n of [1, 2]) {
      const refused = await client.next('published', (frame) => frame.n === n);
      expect(refused).toMatchObject({ problem: { status: 400, type: 'urn:twinfed:problem:malformed-message' } });
    }
    expect(await client.next('published', ({ n }) => n === 3)).toHaveProperty('receipt');
    await client.close();
  });

  it('may not read what is another’s, nor publish in another’s name', async () => {
    const stranger = await broker.createOrganization();
    const client = await SessionClient.open(broker.url, stranger.token);
    client.send({ op: 'receive', inbox: network.receiver, credit: 1 });
    expect(await client.next('ended')).toMatchObject({ inbox: network.receiver, problem: { status: 404 } });
    // What was under way meanwhile is passed over.
    client.send({ op: 'credit', inbox: network.receiver, messages: 1 });
    expect(await client.publish(1, message(5))).toMatchObject({ problem: { status: 403 } });
    await client.close();
  });
});
