import { PassThrough, Readable } from 'node:stream';
import { parseTwinId } from '../../src/kernel/ids.js';
import { BulkGate } from '../../src/registry/bulk/bulk-gate.js';
import { MAX_OPEN_BULKS } from '../../src/registry/bulk/bulk-limits.js';
import { BulkLoadService } from '../../src/registry/bulk/bulk-load.service.js';
import { BulkProgress } from '../../src/registry/bulk/bulk-progress.js';
import { TwinExportService } from '../../src/registry/bulk/twin-export.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import type { OrganizationPrincipal, Principal } from '../../src/security/principal.js';
import { aDto, aProfile, aRegistry, eventsOf, OPERATOR, organization, type TestRegistry } from './registry-fixture.js';

const city = organization('city');
const rival = organization('rival');
const NEVER = new AbortController().signal;

let registry: TestRegistry;
let bulks = 0;

beforeAll(async () => {
  registry = await aRegistry();
});
afterAll(() => registry.close());

interface Outcome {
  line?: number;
  id?: string;
  status?: number;
  etag?: string;
  problem?: { type: string; pointer?: string; errors?: { pointer: string }[]; detail: string };
  complete?: boolean;
  [count: string]: unknown;
}

async function load(lines: readonly unknown[], principal: OrganizationPrincipal = city, from = 1, id?: string): Promise<Outcome[]> {
  bulks += 1;
  const text = lines
    .map((line) => (typeof line === 'string' ? line : JSON.stringify(line)))
    .map((line) => `${line}\n`)
    .join('');
  const input = Readable.from([Buffer.from(text)], { objectMode: false });
  const sender = { principal, bulk: { owner: principal.organization, id: id ?? `bulk-${bulks}` } };
  let answer = '';
  for await (const piece of registry.get(BulkLoadService).load(sender, { lines: input, from, signal: NEVER })) answer += piece;
  return outcomesOf(answer);
}

function outcomesOf(answer: string): Outcome[] {
  return answer
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Outcome);
}

async function exported(principal: Principal, query: object = {}): Promise<Record<string, unknown>[]> {
  let text = '';
  for await (const piece of registry.get(TwinExportService).export(principal, query, NEVER)) text += piece;
  return outcomesOf(text);
}

/** Rows of a twin as both ways are to leave them, without times. */
async function storedOf(id: string): Promise<unknown> {
  const [row] = await registry.database.query(
    `SELECT t.incarnation, t.version, t.registration, t.owner, t.domain, t.access, t.profile, t.profile_bytes, t.created_at = t.updated_at AS fresh,
            l.status, l.ttl_seconds, l.tolerance_seconds, l.expires_at - l.renewed_at AS lasting, l.due_at - l.renewed_at AS due, l.seen_at = l.renewed_at AS seen,
            s.keys, s.search::text, s.area_box::text, s.facet_values, s.owner AS search_owner
       FROM twin t JOIN twin_lease l ON l.twin_id = t.id JOIN twin_search s ON s.twin_id = t.id WHERE t.id = $1`,
    [id],
  );
  return JSON.parse(JSON.stringify(row).replaceAll(id, 'ID'));
}

describe('a bulk', () => {
  it('registers what PUT would register, to the row and the news', async () => {
    const parts = {
      name: 'Twin',
      domain: 'energy',
      coverage: { area: { type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 0]]] }, validFrom: '2026-01-01T00:00:00Z' }, // prettier-ignore
      labels: { a: 'b' },
      access: 'listed',
      lease: { ttlSeconds: 60 },
      features: [{ kind: 'data', name: 'p', schema: { type: 'number' }, unit: 'kW' }],
    };
    const [one, other] = [aProfile(parts), aProfile(parts)];
    await registry.get(TwinService).register(city, aDto({ ...parts, id: other.id }));
    expect(await load([one])).toEqual([
      { line: 1, id: one.id, status: 201, etag: '"1-1"' },
      { complete: true, committedLine: 1, created: 1, replaced: 0, unchanged: 0, refused: 0 },
    ]);
    expect(await storedOf(one.id)).toEqual(await storedOf(other.id));
    expect(await eventsOf(registry, one.id)).toEqual(await eventsOf(registry, other.id));
    expect(await registry.get(TwinService).read(city, parseTwinId(one.id))).toMatchObject({
      version: 1,
      status: 'ACTIVE',
      lease: { ttlSeconds: 60 },
    });
  });

  it('replaces, renews and revives what is there, as PUT would', async () => {
    const [same, changed, gone, foreign, unseen] = [
      aProfile({ lease: { ttlSeconds: 60 } }),
      aProfile(),
      aProfile(),
      aProfile({ access: 'listed' }),
      aProfile(),
    ];
    await load([same, changed, gone]);
    await load([foreign, unseen], rival);
    await registry.get(TwinService).deregister(city, parseTwinId(gone.id));
    const outcomes = await load([same, { ...changed, name: 'other' }, gone, foreign, unseen, aProfile()]);
    expect(outcomes.map(({ status, etag }) => [status, etag])).toEqual([
      [200, '"1-1"'],
      [200, '"2-1"'],
      [201, '"1-2"'],
      [403, undefined],
      [409, undefined],
      [201, '"1-1"'],
      [undefined, undefined],
    ]);
    expect(outcomes.at(-1)).toMatchObject({ complete: true, created: 2, replaced: 1, unchanged: 1, refused: 2 });
  });

  it('refuses bad lines by what is wrong with them and takes their neighbours', async () => {
    const twice = aProfile();
    const late = aProfile();
    const outcomes = await load([
      aProfile(),
      'not JSON',
      '{"name":"x","name":"y","domain":"a"}',
      '[]',
      '',
      aProfile({ domain: 'NO' }),
      { ...aProfile(), id: undefined },
      aProfile({ coverage: { area: { type: 'Polygon', coordinates: [[[0, 0], [1, 1], [0, 1], [1, 0], [0, 0]]] } } }), // prettier-ignore
      aProfile({ description: 'x'.repeat(1_048_576) }),
      { ...late, domain: 'NO' },
      twice,
      aProfile({ features: [{ kind: 'data', name: 'a', schema: { $ref: 'https://nowhere.example/x' } }] }),
      { ...twice, name: 'again' },
      late,
      '{"complete":true,"count":7}',
    ]);
    expect(outcomes.map(({ line, status, problem }) => [line, status, problem?.type.split(':').at(-1), problem?.pointer])).toEqual([
      [1, 201, undefined, undefined],
      [2, 400, 'malformed-message', ''],
      [3, 400, 'malformed-message', '/name'],
      [4, 400, 'validation-failed', undefined],
      [6, 400, 'validation-failed', '/domain'],
      [7, 400, 'validation-failed', '/id'],
      [8, 400, 'validation-failed', '/coverage/area/coordinates/0'],
      [9, 413, 'payload-too-large', undefined],
      [10, 400, 'validation-failed', '/domain'],
      [11, 201, undefined, undefined],
      [12, expect.any(Number), expect.any(String), expect.any(String)],
      [13, 409, 'already-exists', '/id'],
      [14, 201, undefined, undefined],
      [15, 204, undefined, undefined],
      [undefined, undefined, undefined, undefined],
    ]);
    expect((await registry.get(TwinService).read(city, parseTwinId(twice.id))).profile.name).toBe(twice['name']);
  });

  it('answers a sender that waits for each answer, and remembers how far it came', async () => {
    const input = new PassThrough();
    const key = { owner: city.organization, id: 'one-by-one' };
    const answer = registry.get(BulkLoadService).load({ principal: city, bulk: key }, { lines: input, from: 41, signal: NEVER });
    for (const line of [41, 42, 43]) {
      input.write(`${JSON.stringify(aProfile())}\n`);
      const { value } = await answer.next();
      expect(outcomesOf(value ?? '')).toEqual([expect.objectContaining({ line, status: 201 })]);
      expect(await registry.get(BulkProgress).find(key)).toMatchObject({ state: 'OPEN', committedLine: line, created: line - 40 });
    }
    input.end();
    expect(outcomesOf((await answer.next()).value ?? '')).toEqual([expect.objectContaining({ complete: true, committedLine: 43 })]);
    expect(await registry.get(BulkProgress).find(key)).toMatchObject({ state: 'COMPLETE', committedLine: 43, created: 3 });
  });

  it('that breaks off leaves what was acknowledged and nothing of its unfinished line', async () => {
    const input = new PassThrough();
    const [whole, cut] = [aProfile(), aProfile()];
    const key = { owner: city.organization, id: 'cut' };
    const answer = registry.get(BulkLoadService).load({ principal: city, bulk: key }, { lines: input, from: 1, signal: NEVER });
    input.write(`${JSON.stringify(whole)}\n${JSON.stringify(cut)}`);
    expect(outcomesOf((await answer.next()).value ?? '')).toEqual([expect.objectContaining({ line: 1, status: 201 })]);
    const rest = answer.next();
    input.destroy(new Error('cut'));
    expect(await rest).toEqual({ done: true, value: undefined });
    expect(await registry.database.query('SELECT id FROM twin WHERE id = ANY ($1)', [[whole.id, cut.id]])).toEqual([{ id: whole.id }]);
    expect(await registry.get(BulkProgress).find(key)).toMatchObject({ state: 'OPEN', committedLine: 1 });
    const sender = { principal: city, bulk: key };
    await expect(registry.get(BulkLoadService).refuseGap(sender, 3)).rejects.toMatchObject({ code: 'state-conflict' });
    await registry.get(BulkLoadService).refuseGap(sender, 2);
    expect(await load([cut], city, 2, 'cut')).toEqual([
      expect.objectContaining({ line: 2, status: 201 }),
      expect.objectContaining({ complete: true, committedLine: 2 }),
    ]);
  });

  it('has one entry in the audit log per batch, which names how many and which by a digest', async () => {
    await load([aProfile(), aProfile()], city, 1, 'audited');
    const [{ entry } = { entry: '' }] = await registry.database.query<{ entry: string }>(
      `SELECT entry FROM audit_entry WHERE chain = 'city' ORDER BY sequence DESC LIMIT 1`,
    );
    expect(JSON.parse(entry)).toMatchObject({
      action: 'twin.register-bulk',
      subject: 'audited',
      detail: { registered: 2, firstLine: 1, lastLine: 2, idsSha256: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown },
    });
  });

  it('meets other bulks with the same ids without any deadlock, and each id is registered once', async () => {
    const profiles = Array.from({ length: 300 }, () => aProfile({ access: 'listed' }));
    const [mine, theirs] = await Promise.all([load(profiles), load(profiles.toReversed(), rival)]);
    const created = [...mine, ...theirs].filter(({ status }) => status === 201);
    expect(new Set(created.map(({ id }) => id)).size).toBe(300);
    expect(created).toHaveLength(300);
    expect([...mine, ...theirs].filter(({ status }) => status === 403)).toHaveLength(300);
  });

  it('is taken once at a time of an organization, in all brokers, and so many by one broker', async () => {
    const gate = registry.get(BulkGate);
    const another = await registry.another();
    const pass = await gate.enterBulk(city.organization);
    await expect(another.get(BulkGate).enterBulk(city.organization)).rejects.toMatchObject({
      code: 'rate-limited',
      retryAfterSeconds: expect.any(Number) as unknown,
    });
    const others = await Promise.all(
      Array.from({ length: MAX_OPEN_BULKS - 1 }, (_, index) => gate.enterBulk(organization(`org-${index}`).organization)),
    );
    await expect(gate.enterBulk(rival.organization)).rejects.toMatchObject({ code: 'rate-limited' });
    await Promise.all([pass, ...others].map(({ leave }) => leave()));
    await (await another.get(BulkGate).enterBulk(city.organization)).leave();
    await another.close();
  });
});

describe('an export', () => {
  it('gives what the asker may see as lines that a bulk takes in again', async () => {
    const owner = organization('exporter');
    const profiles = [
      aProfile({ access: 'listed', lease: { ttlSeconds: 60 } }),
      aProfile({ domain: 'water' }),
      aProfile({ labels: { é: '"' } }),
    ];
    await load(profiles, owner);
    const lines = await exported(owner, { owner: 'exporter' });
    expect(lines.slice(0, -1)).toEqual(
      profiles.map((profile) => expect.objectContaining({ ...profile, features: expect.any(Array) as unknown }) as unknown),
    );
    expect(lines.at(-1)).toEqual({ complete: true, count: 3 });
    expect((await exported(rival, { owner: 'exporter' })).map(({ id }) => id)).toEqual([profiles[0]?.id, undefined]);
    expect((await exported(OPERATOR, { owner: 'exporter', domain: 'water', status: ['ACTIVE'] })).at(-1)).toEqual({
      complete: true,
      count: 1,
    });
    expect((await exported(owner, { owner: 'exporter', after: profiles[1]?.id })).map(({ id }) => id)).toEqual([
      profiles[2]?.id,
      undefined,
    ]);
    const again = await load(lines, owner);
    expect(again.map(({ status }) => status)).toEqual([200, 200, 200, 204, undefined]);
    expect(again.at(-1)).toMatchObject({ complete: true, unchanged: 3 });
  });

  it('neither skips nor repeats what stays while others come and go', async () => {
    const owner = organization('busy');
    const staying = Array.from({ length: 1_200 }, () => aProfile());
    const going = Array.from({ length: 40 }, () => aProfile());
    await load([...staying, ...going], owner);
    const twins = registry.get(TwinService);
    const ids: unknown[] = [];
    let moves = 0;
    for await (const piece of registry.get(TwinExportService).export(owner, { owner: owner.organization }, NEVER)) {
      ids.push(...outcomesOf(piece).flatMap(({ id }) => id ?? []));
      for (const { id } of going.splice(0, 10)) await twins.deregister(owner, parseTwinId(id));
      await load([{ ...aProfile(), id: `urn:test:twin:0000000-${(moves += 1)}` }], owner);
    }
    const kept = new Set(staying.map(({ id }) => id));
    expect(ids.filter((id) => kept.has(id as string))).toEqual([...kept].sort());
    expect(new Set(ids).size).toBe(ids.length);
  });
});
