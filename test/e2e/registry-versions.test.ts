import { twinPath } from './support/refusals.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

// Brokers start here: that takes seconds, and more on a busy machine.

const WRITERS = 8;
const CHANGES_EACH = 5;

interface Twin {
  name: string;
  version: number;
  updatedAt: string;
}

interface History {
  items: {
    version: number;
    incarnation: number;
    change: string;
    changedAt: string;
    changedBy: Record<string, string>;
    changes?: { pointer: string }[];
  }[];
  next?: string;
}

describe('the history of a twin that many write through two brokers', () => {
  let brokers: [RunningBroker, RunningBroker];
  let city: TestOrganization;

  beforeAll(async () => {
    const first = await RunningBroker.start();
    brokers = [first, await RunningBroker.start({ database: first.database })];
    city = await first.createOrganization('city');
  });
  afterAll(async () => {
    await brokers[1].close();
    await brokers[0].close();
  });

  /** Changes the twin from the state it read until it was nobody else's turn. */
  async function change(broker: RunningBroker, id: string, name: string): Promise<Twin> {
    for (;;) {
      const read = await broker.api<Twin>('GET', twinPath(id), undefined, city.token);
      const answer = await broker.api<Twin>('PATCH', twinPath(id), { name }, city.token, {
        'if-match': read.headers.get('etag') ?? '',
        'content-type': 'application/merge-patch+json',
      });
      if (answer.status === 200) return answer.body;
      expect(answer.status).toBe(412);
    }
  }

  it('has no gaps, and each version is what it was, by number and by moment, at either broker', async () => {
    const id = 'urn:test:twin:contended';
    const made = await brokers[0].api<Twin>('PUT', twinPath(id), { name: 'first', domain: 'air' }, city.token);
    expect(made.status).toBe(201);
    const written: Twin[] = [made.body];
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        for (let n = 0; n < CHANGES_EACH; n += 1) {
          written.push(await change(brokers[writer % 2] ?? brokers[0], id, `writer ${writer}, change ${n}`));
        }
      }),
    );
    const total = 1 + WRITERS * CHANGES_EACH;
    expect(written.map(({ version }) => version).sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, i) => i + 1));

    const items: History['items'] = [];
    let next: string | undefined;
    do {
      const page = await brokers[1].api<History>(
        'GET',
        twinPath(id, `/versions?limit=7${next ? `&cursor=${next}` : ''}`),
        undefined,
        city.token,
      );
      items.push(...page.body.items);
      ({ next } = page.body);
    } while (next !== undefined);
    expect(items.map(({ version }) => version)).toEqual(Array.from({ length: total }, (_, i) => total - i));
    const instants = items.map(({ changedAt }) => Date.parse(changedAt));
    expect(instants.every((instant, index) => index === 0 || instant < (instants[index - 1] ?? 0))).toBe(true);
    expect(items.slice(0, -1).every(({ changes }) => changes?.length === 1 && changes[0]?.pointer === '/name')).toBe(true);
    expect(items[0]?.changedBy).toEqual({ organization: 'city', subject: city.clientId });

    for (const { name, version, updatedAt } of written) {
      const at = await brokers[version % 2 === 0 ? 0 : 1].api(
        'GET',
        twinPath(id, `?at=${encodeURIComponent(updatedAt)}`),
        undefined,
        city.token,
      );
      const numbered = await brokers[0].api('GET', twinPath(id, `/versions/${version}`), undefined, city.token);
      expect([at.body, at.headers.get('etag')]).toMatchObject([{ name, version, changedAt: updatedAt }, `"${version}-1"`]);
      expect(numbered.body).toEqual(at.body);
    }
  });

  it('goes on after deregistration and a new life, for the owner', async () => {
    const id = 'urn:test:twin:reborn';
    const put = (name: string): Promise<{ status: number; body: Twin }> =>
      brokers[0].api<Twin>('PUT', twinPath(id), { name, domain: 'air', access: 'listed' }, city.token);
    const first = await put('first life');
    await brokers[1].api('DELETE', twinPath(id), undefined, city.token);
    const stranger = await brokers[0].createOrganization('stranger');
    const path = twinPath(id, `?at=${encodeURIComponent(first.body.updatedAt)}`);
    expect((await brokers[1].api<Twin>('GET', path, undefined, city.token)).body.name).toBe('first life');
    expect((await brokers[1].api('GET', path, undefined, stranger.token)).status).toBe(404);
    await put('second life');
    const { items } = (await brokers[1].api<History>('GET', twinPath(id, '/versions'), undefined, city.token)).body;
    expect(items.map(({ incarnation, version, change: what }) => [incarnation, version, what])).toEqual([
      [2, 1, 'registered'],
      [1, 2, 'deregistered'],
      [1, 1, 'registered'],
    ]);
    const [last, , oldest] = (await brokers[0].api<History>('GET', twinPath(id, '/versions'), undefined, stranger.token)).body.items;
    expect([last?.changedBy, oldest?.changedBy]).toEqual([{ organization: 'city' }, { organization: 'city' }]);
    expect((await fetch(`${brokers[0].url}${twinPath(id, '/versions/1')}`, { method: 'HEAD', headers: { authorization: `Bearer ${city.token}` } })).status).toBe(200); // prettier-ignore
  });
});
