import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';
import { RunningBroker } from './support/running-broker.js';
import { type Api, aTwinNetwork, flowMessage, must, twinPath } from './support/twin-network.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.

interface Claim {
  leaseToken?: string;
  deliveries: { message: { data: { payload: unknown } } }[];
}

interface OperatorFile {
  client_id: string;
  client_secret: string;
}

const apiOf =
  (broker: RunningBroker, token: string): Api =>
  (method, path, body) =>
    broker.api(method, path, body, token);

describe('two brokers started at the same instant on one empty database', () => {
  let database: TestDatabase;
  let dirs: string[];
  let first: RunningBroker;
  let second: RunningBroker;

  beforeAll(async () => {
    database = await createEmptyDatabase();
    dirs = await Promise.all([1, 2].map(() => mkdtemp(join(tmpdir(), 'twinfed-e2e-pair-'))));
    const start = (dir = ''): Promise<RunningBroker> =>
      RunningBroker.start({ database, environment: { DATA_DIR: dir, OPERATOR_CLIENT_SECRET: '' } });
    [first, second] = await Promise.all([start(dirs[0]), start(dirs[1])]);
  });

  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    await database.drop();
    for (const dir of dirs) await rm(dir, { recursive: true, force: true });
  });

  async function operatorFiles(): Promise<OperatorFile[]> {
    const texts = await Promise.all(dirs.map((dir) => readFile(join(dir, 'operator.json'), 'utf8').catch(() => undefined)));
    return texts.flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as OperatorFile]));
  }

  /** A new organization's token, got from the first broker. */
  async function anOrganization(id: string): Promise<string> {
    const [file] = await operatorFiles();
    const operator = await first.tokenFor(file?.client_id ?? '', file?.client_secret ?? '');
    const made = await must<{ credential: { clientId: string; clientSecret: string } }>(
      apiOf(first, operator),
      'POST',
      '/v1/organizations',
      { id, name: id },
    );
    return first.tokenFor(made.credential.clientId, made.credential.clientSecret);
  }

  it('make one operator credential, which opens both', async () => {
    const files = await operatorFiles();
    expect(files).toHaveLength(1);
    for (const broker of [first, second]) {
      const token = await broker.tokenFor(files[0]?.client_id ?? '', files[0]?.client_secret ?? '');
      expect((await broker.api('GET', '/v1/organizations', undefined, token)).status).toBe(200);
    }
  });

  it('make one signing key: a token of either is good at the other', async () => {
    const keys = await Promise.all([first, second].map((broker) => broker.api<{ keys: object[] }>('GET', '/.well-known/jwks.json')));
    expect(keys[0]?.body.keys).toHaveLength(1);
    expect(keys[1]?.body).toEqual(keys[0]?.body);
    const [file] = await operatorFiles();
    for (const [issuer, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const token = await issuer.tokenFor(file?.client_id ?? '', file?.client_secret ?? '');
      expect((await other.api('GET', '/v1/organizations', undefined, token)).status).toBe(200);
    }
  });

  it('deliver at one what was sent through the other, to a claim that waits', async () => {
    const token = await anOrganization('two-brokers');
    const network = await aTwinNetwork(apiOf(first, token), 1);
    const [sender = ''] = network.senders;
    const claims = `${twinPath(network.receiver)}/inbox/claims`;
    const waiting = must<Claim>(apiOf(second, token), 'POST', claims, { waitSeconds: 60 });
    await must(apiOf(first, token), 'POST', '/v1/messages', flowMessage(sender, network.receiver, 1));
    const claim = await waiting;
    expect(claim.deliveries.map(({ message }) => message.data.payload)).toEqual([{ n: 1 }]);
    const ack = await first.api('POST', `${twinPath(network.receiver)}/inbox/acks`, { leaseToken: claim.leaseToken }, token);
    expect(ack).toMatchObject({ status: 200, body: { settled: 1 } });
  });

  it('keep the order of a sender that changes from one to the other with every message', async () => {
    const token = await anOrganization('changes-brokers');
    const network = await aTwinNetwork(apiOf(first, token), 1);
    const [sender = ''] = network.senders;
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    for (const n of numbers) {
      await must(apiOf(n % 2 === 0 ? first : second, token), 'POST', '/v1/messages', flowMessage(sender, network.receiver, n));
    }
    const claim = await must<Claim>(apiOf(second, token), 'POST', `${twinPath(network.receiver)}/inbox/claims`, { max: 100 });
    expect(claim.deliveries.map(({ message }) => message.data.payload)).toEqual(numbers.map((n) => ({ n })));
  });

  it('serve without a gap while a third one starts and stops', async () => {
    const token = await anOrganization('rolling');
    const network = await aTwinNetwork(apiOf(first, token), 1);
    const [sender = ''] = network.senders;
    const rolling = { done: false };
    const sending = (async () => {
      let n = 0;
      for (; !rolling.done || n < 50; n += 1) {
        await must(apiOf(n % 2 === 0 ? first : second, token), 'POST', '/v1/messages', flowMessage(sender, network.receiver, n));
      }
      return n;
    })();
    try {
      const third = await RunningBroker.start({ database, environment: { OPERATOR_CLIENT_SECRET: '' } });
      expect((await third.api('GET', twinPath(network.receiver), undefined, token)).status).toBe(200);
      await third.close();
    } finally {
      rolling.done = true;
    }
    const sent = await sending;
    const received: unknown[] = [];
    while (received.length < sent) {
      const claim = await must<Claim>(apiOf(second, token), 'POST', `${twinPath(network.receiver)}/inbox/claims`, { max: 1000 });
      expect(claim.deliveries).not.toHaveLength(0);
      await must(apiOf(second, token), 'POST', `${twinPath(network.receiver)}/inbox/acks`, { leaseToken: claim.leaseToken });
      received.push(...claim.deliveries.map(({ message }) => message.data.payload));
    }
    expect(received).toEqual(Array.from({ length: sent }, (_, n) => ({ n })));
  });
});
