import { RunningBroker, type TestOrganization } from './support/running-broker.js';
import { aTwinNetwork, must, twinPath } from './support/twin-network.js';

interface Status {
  state: string;
  remaining: number;
  deregistered: number;
  transferred: number;
  federationsDissolved: number;
}

describe('an organization that leaves', () => {
  let broker: RunningBroker;
  let second: RunningBroker;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    second = await RunningBroker.start({ database: broker.database });
  });
  afterAll(async () => {
    await second.close();
    await broker.close();
  });

  const asOperator = async <T = Status>(method: string, path: string, body?: unknown) =>
    broker.api<T>(method, path, body, await broker.operatorToken());

  async function untilSettled(id: string): Promise<Status> {
    for (;;) {
      const { body } = await asOperator('GET', `/v1/organizations/${id}/offboarding`);
      if (body.state !== 'RUNNING') return body;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function twinsOf(city: TestOrganization, count: number): Promise<string[]> {
    const twins = Array.from({ length: count }, (_, index) => ({ id: `urn:test:${city.id}:${index}`, name: `${index}`, domain: 'air' }));
    const applied = await broker.api('PUT', '/v1/twin-sets/all', { twins }, city.token);
    expect(applied.status).toBe(200);
    return twins.map(({ id }) => id);
  }

  it('is told before, loses its say at once and its twins soon, and keeps its id', async () => {
    const city = await broker.createOrganization('leaver');
    const ids = await twinsOf(city, 120);
    await aTwinNetwork((method, path, body) => broker.api(method, path, body, city.token), 2);
    const path = '/v1/organizations/leaver/offboarding';
    const plan = await asOperator<{ counts: object; obstacle?: string }>('POST', `${path}?dryRun=true`, { twins: 'deregister' });
    expect(plan).toMatchObject({ status: 200, body: { counts: { twins: 123, sets: 1, federations: 1, connections: 2, memberships: 3 } } });
    expect((await asOperator('GET', path)).status).toBe(404);
    expect((await broker.api('POST', path, { twins: 'deregister' }, city.token)).status).toBe(403);

    expect((await asOperator('POST', path, { twins: 'deregister' })).status).toBe(202);
    expect((await broker.api('GET', '/v1/twins', undefined, city.token)).status).toBe(401);
    expect((await asOperator('POST', path, { twins: 'deregister' })).status).toBe(202);
    expect(await untilSettled('leaver')).toMatchObject({ state: 'DONE', remaining: 0, deregistered: 123, federationsDissolved: 1 });
    expect((await asOperator('GET', '/v1/organizations/leaver')).body).toMatchObject({ status: 'OFFBOARDED' });
    expect((await asOperator('GET', twinPath(ids[0] ?? ''))).status).toBe(404);
    expect((await asOperator('POST', '/v1/organizations', { id: 'leaver', name: 'Again' })).status).toBe(409);
    expect((await asOperator('POST', '/v1/organizations/leaver/resume')).status).toBe(409);
    await expect(broker.tokenFor(city.clientId, city.clientSecret)).rejects.toThrow(/401/);
    expect((await asOperator('POST', path, { twins: 'deregister' })).body).toMatchObject({ state: 'DONE', deregistered: 123 });
  });

  it('hands its twins to one that has consented, with a broker killed meanwhile', async () => {
    const [from, to] = [await broker.createOrganization('former'), await broker.createOrganization('heir')];
    const ids = await twinsOf(from, 230);
    const network = await aTwinNetwork((method, path, body) => broker.api(method, path, body, from.token), 1);
    const path = '/v1/organizations/former/offboarding';
    const order = { twins: 'transfer', to: 'heir' };
    const early = await asOperator<{ obstacle?: string }>('POST', `${path}?dryRun=true`, order);
    expect(early.body.obstacle).toContain('has not consented');
    expect((await asOperator('POST', path, order)).status).toBe(409);
    expect((await asOperator('POST', path, { twins: 'transfer' })).status).toBe(400);
    await must((method, url, body) => broker.api(method, url, body, to.token), 'PUT', '/v1/transfers/consents/former');
    expect((await asOperator('POST', path, order)).status).toBe(202);
    await second.kill();
    await second.restart();
    expect(await untilSettled('former')).toMatchObject({ state: 'DONE', remaining: 0, transferred: 232 });
    for (const id of [ids[0] ?? '', ids[229] ?? '', network.receiver]) {
      expect((await broker.api('GET', twinPath(id), undefined, to.token)).body).toMatchObject({ owner: 'heir', version: 2 });
    }
    const connections = await broker.api<{ items: { state: string }[] }>('GET', '/v1/connections', undefined, to.token);
    expect(connections.body.items).toMatchObject([{ state: 'CONNECTED' }]);
    const federations = await broker.api<{ items: object[] }>(
      'GET',
      `/v1/federations?initiator=${encodeURIComponent(network.receiver)}`,
      undefined,
      to.token,
    );
    expect(federations.body.items).toHaveLength(1);
  });

  it('moves a single twin with its connections, which go on for the new owner', async () => {
    const [giver, taker] = [await broker.createOrganization('giver'), await broker.createOrganization('taker')];
    const network = await aTwinNetwork((method, path, body) => broker.api(method, path, body, giver.token), 1);
    const [sender = ''] = network.senders;
    await broker.api('POST', `${twinPath(sender)}/credentials`, {}, giver.token);
    expect((await broker.api('POST', `${twinPath(sender)}/transfer`, { to: 'taker' }, giver.token)).status).toBe(201);
    expect((await broker.api('POST', `${twinPath(sender)}/transfer/accept`, undefined, taker.token)).status).toBe(200);
    const message = {
      header: {
        messageId: 'after-the-transfer',
        timestamp: new Date().toISOString(),
        version: '1.0',
        messageType: 'NOTIFICATION',
        sender: { id: sender, role: 'DT' },
        receiver: { id: network.receiver, role: 'DT' },
      },
      data: { action: 'PROVIDE', object: { type: 'data', id: 'flow' }, payload: { n: 1 } },
    };
    expect((await broker.api('POST', '/v1/messages', message, giver.token)).status).toBeGreaterThanOrEqual(403);
    expect((await broker.api('POST', '/v1/messages', message, taker.token)).status).toBe(202);
    const claim = await broker.api<{ deliveries: unknown[] }>(
      'POST',
      `${twinPath(network.receiver)}/inbox/claims`,
      { max: 10 },
      giver.token,
    );
    expect(claim.body.deliveries.length).toBeGreaterThan(0);
    const connections = await broker.api<{ items: { responder: string }[] }>('GET', '/v1/connections', undefined, taker.token);
    expect(connections.body.items).toMatchObject([{ responder: sender, state: 'CONNECTED' }]);
  });
});
