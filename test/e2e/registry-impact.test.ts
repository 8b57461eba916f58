import { twinPath } from './support/refusals.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

// Brokers start here: that takes seconds, and more on a busy machine.

const FEDERATION = 'urn:test:federation';
const PEER = 'urn:test:peer';
const ROUNDS = 8;

interface Refusal {
  type: string;
  verdict: string;
  dependents: { kind: string; id: string; features: string[]; twin: string }[];
}

interface ConnectionBody {
  createdAt: string;
  features: { name: string; schema: unknown }[];
}

const profile = (schema: unknown, version = '1.0.0'): object => ({
  name: 'Provider',
  domain: 'air',
  access: 'listed',
  features: [{ kind: 'data', name: 'flow', version, schema }],
});
const NARROW = { type: 'number' };
const WIDE = { type: ['number', 'null'] };

describe('change impact, through two brokers', () => {
  let brokers: [RunningBroker, RunningBroker];
  let city: TestOrganization;

  beforeAll(async () => {
    const first = await RunningBroker.start();
    brokers = [first, await RunningBroker.start({ database: first.database })];
    city = await first.createOrganization('city');
    await must('PUT', twinPath(PEER), { name: 'Peer', domain: 'air', access: 'listed' });
    await must('POST', '/v1/federations', { id: FEDERATION, purpose: 'Test', initiator: PEER });
  });
  afterAll(async () => {
    await brokers[1].close();
    await brokers[0].close();
  });

  async function must<T>(method: string, path: string, body?: unknown): Promise<T> {
    const { status, body: answer } = await brokers[0].api<T>(method, path, body, city.token);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
    return answer;
  }

  /** A member of the federation that provides numbers. */
  async function aProvider(id: string): Promise<void> {
    await must('PUT', twinPath(id), profile(NARROW));
    const members = `/v1/federations/${encodeURIComponent(FEDERATION)}`;
    await must('POST', `${members}/invitations`, { twin: id });
    await must('POST', `${members}/members`, { twin: id });
  }

  const connection = (id: string): object => ({
    id: `${id}:connection`,
    federationId: FEDERATION,
    requester: PEER,
    responder: id,
    features: [{ twin: id, name: 'flow' }],
  });

  it('refuses what breaks with the connections and subscriptions that it would hit', async () => {
    const id = 'urn:test:provider';
    await aProvider(id);
    await must('POST', '/v1/connections', connection(id));
    await must('POST', `/v1/connections/${encodeURIComponent(`${id}:connection`)}/accept`);
    await must('PUT', twinPath(PEER, '/subscriptions/flow'), { objectType: 'data', objectId: 'flow', provider: id });

    const dependents = [
      { kind: 'connection', id: `${id}:connection`, features: ['flow'], twin: PEER },
      { kind: 'subscription', id: 'flow', features: ['flow'], twin: PEER },
    ];
    const put = (query: string, body: object): ReturnType<(typeof brokers)[1]['api']> =>
      brokers[1].api('PUT', twinPath(id, query), body, city.token);
    const dry = await put('?dryRun=true', profile(WIDE));
    expect([dry.status, dry.body]).toMatchObject([200, { change: 'replaced', impact: { verdict: 'breaking', dependents } }]);
    const refused = await put('', profile(WIDE));
    expect([refused.status, refused.body]).toMatchObject([409, { type: 'urn:twinfed:problem:breaking-change', dependents }]);
    expect((await put('', profile({ type: 'integer' }))).status).toBe(200);
    expect((await put('', profile(WIDE, '2.0.0'))).status).toBe(200);
    expect((await put('?force=true', profile(NARROW, '1.0.0'))).status).toBe(200);
  });

  it('never lets a connection be made at the same time slip through', async () => {
    let [before, after] = [0, 0];
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = `urn:test:raced:${round}`;
      await aProvider(id);
      // Both brokers know the twin as it is before.
      await Promise.all(brokers.map((broker) => broker.api('GET', twinPath(id), undefined, city.token)));
      const change = brokers[0].api<{ updatedAt: string }>('PUT', twinPath(id, '?force=true'), profile(WIDE), city.token);
      const connect = brokers[1].api<ConnectionBody>('POST', '/v1/connections', connection(id), city.token);
      const refuse = brokers[1].api<Refusal>('PUT', twinPath(id), profile(true), city.token);
      const [changed, connected] = await Promise.all([change, connect, refuse]);
      expect([changed.status, connected.status]).toEqual([200, 201]);
      // What the connection agreed to is what stood when it was made, whatever a broker had cached.
      const [made, replaced] = [Date.parse(connected.body.createdAt), Date.parse(changed.body.updatedAt)];
      const agreed = JSON.stringify(connected.body.features[0]?.schema);
      if (agreed === JSON.stringify(NARROW)) expect(made).toBeLessThanOrEqual(replaced);
      else {
        expect(agreed).toBe(JSON.stringify(WIDE));
        expect(made).toBeGreaterThanOrEqual(replaced);
      }
      if (agreed === JSON.stringify(NARROW)) before += 1;
      else after += 1;
      // From now on no breaking change overlooks it.
      const refused = await brokers[0].api<Refusal>('PUT', twinPath(id), profile(true), city.token);
      expect([refused.status, refused.body.dependents.map((each) => each.id)]).toEqual([409, [`${id}:connection`]]);
    }
    expect(before + after).toBe(ROUNDS);
  });

  it('answers every one of concurrent writers: the first narrows, and nobody widens', async () => {
    const id = 'urn:test:contended';
    await must('PUT', twinPath(id), profile({ type: 'number', minimum: 0 }));
    const bounds = [0, 1, 2, 3, 4, 5, 6, 7].toSorted(() => 0.5 - Math.random());
    const answers = await Promise.all(
      bounds.map((minimum, writer) =>
        brokers[writer % 2 === 0 ? 0 : 1].api('PUT', twinPath(id), profile({ type: 'number', minimum }), city.token),
      ),
    );
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    const { items } = await must<{ items: { version: number }[] }>('GET', twinPath(id, '/versions'));
    const minimums: number[] = [];
    for (const { version } of items.toReversed()) {
      const { features } = await must<{ features: { schema: { minimum: number } }[] }>('GET', twinPath(id, `/versions/${version}`));
      minimums.push(features[0]?.schema.minimum ?? -1);
    }
    expect(minimums).toEqual([...minimums].sort((a, b) => a - b));
    expect(minimums.at(-1)).toBe(7);
  });
});
