import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { aTwinNetwork, flowMessage, twinPath, type TwinNetwork } from './support/twin-network.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.

interface Line {
  line?: number;
  receipt?: { messageId: string; repeated: boolean };
  problem?: { status: number; type: string };
  complete?: boolean;
  lines?: number;
  accepted?: number;
  refused?: number;
}

describe('messages sent line by line', () => {
  let broker: RunningBroker;
  let organization: TestOrganization;
  let network: TwinNetwork;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    organization = await broker.createOrganization();
    network = await aTwinNetwork((method, path, body) => broker.api(method, path, body, organization.token), 1);
  });
  afterAll(() => broker.close());

  const text = (n: number): string => JSON.stringify(flowMessage(network.senders[0] ?? '', network.receiver, n));
  const post = async (body: string | Uint8Array, headers: Record<string, string> = {}): Promise<{ status: number; lines: Line[] }> => {
    const answer = await fetch(`${broker.url}/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${organization.token}`, 'content-type': 'application/x-ndjson', ...headers },
      body,
    });
    const answered = (await answer.text()).split('\n').filter((line) => line !== '');
    return { status: answer.status, lines: answered.map((line) => JSON.parse(line) as Line) };
  };

  it('get an outcome each, in their order, and a last line; a bad one spoils none', async () => {
    const good = text(1);
    const bad = [
      '{"header":{}}',
      'nonsense',
      '',
      `{"x":"${'x'.repeat(1_048_576)}"}`,
      '{"header":1,"header":2}',
      '{"__proto__":{"a":1}}',
      '['.repeat(1_000),
    ];
    const { status, lines } = await post([good, ...bad, text(2), good].join('\n'));
    expect(status).toBe(200);
    expect(lines.slice(0, -1).map(({ line }) => line)).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 10]);
    expect(lines.map(({ problem }) => problem?.status)).toEqual([undefined, 400, 400, 413, 400, 400, 400, undefined, undefined, undefined]);
    expect(lines[0]?.receipt).toMatchObject({ messageId: 'm-1', repeated: false });
    expect(lines.at(-2)?.receipt).toMatchObject({ messageId: 'm-1', repeated: true });
    expect(lines.at(-1)).toEqual({ complete: true, lines: 10, accepted: 3, refused: 6 });
  });

  it('keep the order of the sender, however many they are', async () => {
    const count = 3_000;
    const { lines } = await post(Array.from({ length: count }, (_, n) => text(100 + n)).join('\n'));
    expect(lines.at(-1)).toEqual({ complete: true, lines: count, accepted: count, refused: 0 });
    const numbers: number[] = [];
    for (;;) {
      const claim = await broker.api<{ leaseToken?: string; deliveries: { message: { data: { payload: { n: number } } } }[] }>(
        'POST',
        `${twinPath(network.receiver)}/inbox/claims`,
        { max: 1_000 },
        organization.token,
      );
      if (claim.body.leaseToken === undefined) break;
      numbers.push(...claim.body.deliveries.map(({ message }) => message.data.payload.n));
      await broker.api('POST', `${twinPath(network.receiver)}/inbox/acks`, { leaseToken: claim.body.leaseToken }, organization.token);
    }
    expect(numbers.filter((n) => n >= 100)).toEqual(Array.from({ length: count }, (_, n) => 100 + n));
  });

  it('are refused as bytes that are no text one by one, and with a coding altogether', async () => {
    const { lines } = await post(Buffer.concat([Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from(text(7_000))]));
    expect(lines).toMatchObject([{ line: 1, problem: { status: 400 } }, { line: 2, receipt: { messageId: 'm-7000' } }, { complete: true }]);
    expect((await post(text(7_001), { 'content-encoding': 'gzip' })).status).toBe(415);
    expect((await post('')).lines).toEqual([{ complete: true, lines: 0, accepted: 0, refused: 0 }]);
  });

  it('are read no further while nobody takes their outcomes', async () => {
    const { hostname, port } = new URL(broker.url);
    const socket: Socket = connect(Number(port), hostname);
    socket.pause();
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${organization.token}\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    const line = `{"n":"${'x'.repeat(10_000)}"}\n`;
    const chunk = Buffer.from(`${(line.length * 100).toString(16)}\r\n${line.repeat(100)}\r\n`);
    // A megabyte each. What is not read by the broker is not taken by the kernel either, sooner or later.
    const limit = 200;
    let written = 0;
    while (written < limit) {
      written += 1;
      if (socket.write(chunk)) continue;
      const drained = new Promise((resolve) => socket.once('drain', resolve));
      if ((await Promise.race([drained, delay(2_000, 'stuck')])) === 'stuck') break;
    }
    expect(written).toBeLessThan(limit);
    socket.destroy();
    expect((await broker.api('GET', '/health/live')).status).toBe(200);
  });
});
