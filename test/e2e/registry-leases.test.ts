import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/database/database.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { RunningBroker } from './support/running-broker.js';
import { type Api, aTwinNetwork, flowMessage, must, twinPath } from './support/twin-network.js';

// Brokers start and stop here: that takes seconds, and more on a busy machine.

interface Twin {
  status: string;
  lease?: { ttlSeconds: number; toleranceSeconds: number; renewedAt: string };
  presence?: { lastSeenAt: string };
  maintenance?: { to: string; reason?: string };
}

interface Check {
  name: string;
  subject?: string;
  outcome: string;
  detail: string;
  remedy?: string;
}

describe('leases with two brokers on one database', () => {
  let shared: TestDatabase;
  let database: Database;
  let brokers: [RunningBroker, RunningBroker];
  let api: [Api, Api];
  let server: Server;
  let count = 0;

  beforeAll(async () => {
    shared = await createTestDatabase();
    database = await shared.open(2);
    const start = (): Promise<RunningBroker> => RunningBroker.start({ database: shared, environment: { OUTBOUND_ALLOW: '127.0.0.1' } });
    brokers = await Promise.all([start(), start()]);
    const { token } = await brokers[0].createOrganization('lease-city');
    const apiOf =
      (broker: RunningBroker): Api =>
      (method, path, body) =>
        broker.api(method, path, body, token);
    api = [apiOf(brokers[0]), apiOf(brokers[1])];
    server = createServer((request, response) => {
      response
        .writeHead(request.url === '/moved' ? 302 : request.url === '/broken' ? 503 : 200, { location: 'http://169.254.169.254/' })
        .end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    await Promise.all(brokers.map((broker) => broker.close()));
    server.close();
    await database.close();
    await shared.drop();
  });

  async function aTwin(parts: object = {}): Promise<string> {
    count += 1;
    const id = `urn:test:leased:${count}`;
    const features = [{ kind: 'data', name: 'flow', version: '1.0.0', schema: { type: 'object', required: ['n'] } }];
    await must(api[0], 'PUT', twinPath(id), { name: id, domain: 'traffic', lease: { ttlSeconds: 600 }, features, ...parts });
    return id;
  }

  const read = (id: string): Promise<Twin> => must<Twin>(api[1], 'GET', twinPath(id));

  /** Lets the lease have begun so much earlier. */
  async function age(id: string, seconds: number): Promise<void> {
    await database.query(
      `UPDATE twin_lease SET renewed_at = renewed_at - make_interval(secs => $2), expires_at = expires_at - make_interval(secs => $2),
              due_at = due_at - make_interval(secs => $2) WHERE twin_id = $1`,
      [id, seconds],
    );
  }

  async function until(id: string, isSo: (twin: Twin) => boolean): Promise<Twin> {
    for (;;) {
      const twin = await read(id);
      if (isSo(twin)) return twin;
      await delay(50);
    }
  }

  /** Lets the lease lapse, also when a contact that was noted before is written only now and renews it. */
  async function lapse(id: string): Promise<void> {
    for (;;) {
      await age(id, 800);
      for (let looks = 0; looks < 60; looks += 1) {
        if ((await read(id)).status === 'STALE') return;
        await delay(50);
      }
    }
  }

  const news = (id: string, kind: string): Promise<{ data: Record<string, unknown> }[]> =>
    database.query(`SELECT data FROM domain_event WHERE subject = $1 AND kind = $2 ORDER BY position`, [id, kind]);

  it('lapse once, and come back by a batch at the other broker', async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, () => aTwin()));
    for (const id of ids) await age(id, 800);
    for (const id of ids) await until(id, ({ status }) => status === 'STALE');
    const body = { ids: [...ids, 'urn:test:nobody'] };
    const outcomes = await Promise.all(
      api.map((each) => must<{ renewed: number; unknown: string[] }>(each, 'POST', '/v1/leases/renewals', body)),
    );
    for (const outcome of outcomes) expect(outcome).toEqual({ renewed: 20, notActive: [], withoutLease: [], unknown: ['urn:test:nobody'] });
    for (const id of ids) {
      expect((await read(id)).status).toBe('ACTIVE');
      expect((await news(id, 'twin.status-changed')).map(({ data }) => data['status'])).toEqual(['STALE', 'ACTIVE']);
    }
  });

  it('are renewed by contacts: a claim, an acknowledgement, a message', async () => {
    const { receiver, senders } = await aTwinNetwork(api[0], 1);
    const [sender = ''] = senders;
    for (const id of [receiver, sender]) await must(api[0], 'PUT', `${twinPath(id)}/lease`, { ttlSeconds: 600 });
    for (const id of [receiver, sender]) await lapse(id);
    // The broker may hear of the lapse after the first contact; then the next one counts.
    for (let n = 0; (await read(sender)).status !== 'ACTIVE'; n += 1) {
      await must(api[0], 'POST', '/v1/messages', flowMessage(sender, receiver, n));
      await delay(500);
    }
    expect((await read(sender)).presence?.lastSeenAt).toBeDefined();
    while ((await read(receiver)).status !== 'ACTIVE') await must(api[1], 'POST', `${twinPath(receiver)}/inbox/claims`, { waitSeconds: 1 });
  });

  it('stand still in a maintenance window, and senders are told when the receiver is back', async () => {
    const { receiver, senders } = await aTwinNetwork(api[0], 1);
    const [sender = ''] = senders;
    await must(api[0], 'PUT', `${twinPath(receiver)}/lease`, { ttlSeconds: 600 });
    const to = new Date(Date.now() + 3_600_000).toISOString();
    const windows = [{ from: new Date(Date.now() - 60_000).toISOString(), to, reason: 'New firmware' }];
    expect(await must(api[0], 'PUT', `${twinPath(receiver)}/maintenance`, { windows })).toEqual({ windows });
    await age(receiver, 10_000);
    const receipt = await must<{ receiverBackAt?: string }>(api[0], 'POST', '/v1/messages', flowMessage(sender, receiver, 1));
    expect(receipt.receiverBackAt).toBe(to);
    expect(await read(receiver)).toMatchObject({ status: 'ACTIVE', maintenance: { to, reason: 'New firmware' } });
    const claim = await must<{ deliveries: unknown[] }>(api[1], 'POST', `${twinPath(receiver)}/inbox/claims`, {});
    expect(claim.deliveries).toHaveLength(1);
    await must(api[1], 'PUT', `${twinPath(receiver)}/maintenance`, { windows: [] });
    const after = await read(receiver);
    expect([after.status, after.maintenance]).toEqual(['ACTIVE', undefined]);
    expect((await news(receiver, 'twin.maintenance-changed')).map(({ data }) => data['change'])).toEqual(['started', 'ended']);
  });

  describe('the readiness check', () => {
    const base = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const check = (id: string, body: object): Promise<{ ready: boolean; checks: Check[] }> =>
      must(api[0], 'POST', `${twinPath(id)}/readiness`, body);
    const outcomesOf = (checks: readonly Check[], name: string): string[] =>
      checks.filter((each) => each.name === name).map(({ outcome }) => outcome);

    it('passes a twin that does everything right', async () => {
      const id = await aTwin({ endpoints: [{ protocol: 'http', url: `${base()}/ok` }] });
      const reader = (async () => {
        const claim = await must<{ leaseToken: string }>(api[1], 'POST', `${twinPath(id)}/inbox/claims`, { waitSeconds: 30 });
        await must(api[1], 'POST', `${twinPath(id)}/inbox/acks`, { leaseToken: claim.leaseToken });
      })();
      const report = await check(id, { samples: { flow: { n: 1 } }, waitSeconds: 20 });
      await reader;
      expect(report.checks.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
        'registration passed',
        'credential passed',
        'endpoint passed',
        'sample passed',
        'round-trip passed',
      ]);
      expect(report.ready).toBe(true);
    });

    it('says what is wrong with one that does not, and what to do', async () => {
      const urls = ['/broken', '/moved', '/ok'].map((path) => `${base()}${path}`);
      const endpoints = [
        ...urls,
        'http://127.0.0.1:1/',
        'http://169.254.169.254/latest',
        'http://localhost.invalid/',
        'mqtt://[::1]:1883',
        'coap://127.0.0.1/x',
      ];
      const id = await aTwin({ endpoints: endpoints.map((url) => ({ protocol: 'http', url })) });
      const { ready, checks } = await check(id, { samples: { flow: {} }, waitSeconds: 1 });
      expect(ready).toBe(false);
      expect(outcomesOf(checks, 'endpoint')).toEqual(['failed', 'passed', 'passed', 'failed', 'failed', 'failed', 'failed', 'skipped']);
      expect([outcomesOf(checks, 'sample'), outcomesOf(checks, 'round-trip')]).toEqual([['failed'], ['failed']]);
      for (const each of checks.filter(({ outcome }) => outcome === 'failed')) expect(each.remedy).toMatch(/\.$/);
      const addresses = checks.filter(({ subject }) => subject?.includes('169.254') === true || subject?.includes('::1') === true);
      for (const each of addresses) expect(each.detail).toContain('not on the public internet');
    });

    it('takes the last published value when no sample is sent', async () => {
      const id = await aTwin();
      expect(outcomesOf((await check(id, { waitSeconds: 0 })).checks, 'sample')).toEqual(['skipped']);
      await must(api[0], 'PUT', `${twinPath(id)}/features/flow/value`, { n: 3 });
      expect(outcomesOf((await check(id, { waitSeconds: 0 })).checks, 'sample')).toEqual(['passed']);
    });

    it.each<[object, number, string | undefined]>([
      [{ waitSeconds: 31 }, 400, '/waitSeconds'],
      [{ samples: { nothing: 1 } }, 400, '/samples/nothing'],
      [{ samples: [1] }, 400, '/samples'],
      [{ sample: {} }, 400, '/sample'],
    ])('refuses %j', async (body, status, pointer) => {
      const id = await aTwin();
      expect(await api[0]('POST', `${twinPath(id)}/readiness`, body)).toMatchObject({ status, body: { pointer } });
    });

    it('is for those who act for the twin, six times a minute', async () => {
      const id = await aTwin({ access: 'listed' });
      const rival = await brokers[0].createOrganization('lease-rival');
      const path = `${twinPath(id)}/readiness`;
      expect((await brokers[0].api('POST', path, {}, rival.token)).status).toBe(403);
      expect((await api[0]('POST', `${twinPath('urn:test:nobody')}/readiness`, {})).status).toBe(404);
      const statuses: number[] = [];
      for (let n = 0; n < 7; n += 1) statuses.push((await api[0]('POST', path, { waitSeconds: 0 })).status);
      expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429]);
    });
  });
});
