import { parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import { DomainError } from '../../src/problems/domain-error.js';
import { type FeatureDependent, FeatureDependentsPort } from '../../src/registry/impact/feature-dependents.js';
import { TwinPreviewService } from '../../src/registry/twin-preview.service.js';
import type { ChangeImpact } from '../../src/registry/impact/change-impact.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { aDto, aRegistry, eventsOf, organization, type TestRegistry } from './registry-fixture.js';

const city = organization('city');

let registry: TestRegistry;
let twins: TwinService;
let previews: TwinPreviewService;

beforeAll(async () => {
  registry = await aRegistry();
  twins = registry.get(TwinService);
  previews = registry.get(TwinPreviewService);
});
afterAll(() => registry.close());

const flow = (parts: Record<string, unknown> = {}): Record<string, unknown> => ({ kind: 'data', name: 'flow', version: '1.0.0', schema: { type: 'number' }, ...parts }); // prettier-ignore
const WIDER = { schema: { type: ['number', 'string'] } };

async function refusalOf(attempt: Promise<unknown>): Promise<DomainError & { extensions: ChangeImpact }> {
  const error: unknown = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DomainError)) throw new Error('not refused', { cause: error });
  return error as DomainError & { extensions: ChangeImpact };
}

async function aTwin(...features: Record<string, unknown>[]): Promise<TwinId> {
  const dto = aDto({ features });
  await twins.register(city, dto);
  return parseTwinId(dto.id);
}

describe('a change of a feature', () => {
  it('is refused when it breaks, with what and where, and changes nothing', async () => {
    const id = await aTwin(flow(), flow({ name: 'speed' }));
    const { code, extensions } = await refusalOf(twins.replace(city, id, aDto({ id, features: [flow(WIDER)] })));
    expect(code).toBe('breaking-change');
    expect(extensions).toMatchObject({
      verdict: 'breaking',
      dependents: [],
      features: [
        { feature: 'flow', change: 'changed', findings: [{ pointer: '/features/0/schema/type', verdict: 'breaking' }] },
        { feature: 'speed', change: 'removed', findings: [{ pointer: '/features/1' }] },
      ],
    });
    expect((await twins.read(city, id)).version).toBe(1);
    expect(await eventsOf(registry, id)).toHaveLength(1);
  });

  it('is refused when it is not known whether it breaks', async () => {
    const id = await aTwin(flow({ schema: { type: 'string', pattern: '^a' } }));
    const { code, extensions } = await refusalOf(
      twins.patch(city, id, { features: [flow({ schema: { type: 'string', pattern: '^b' } })] }),
    );
    expect([code, extensions.verdict]).toEqual(['breaking-change', 'undecided']);
  });

  it('is made when it is compatible, without a new version of the feature', async () => {
    const id = await aTwin(flow());
    const { change } = await twins.replace(
      city,
      id,
      aDto({ id, features: [flow({ schema: { type: 'integer' } }), flow({ name: 'more' })] }),
    );
    expect(change).toBe('replaced');
  });

  it('may break as a new major version, or by force, which the audit log tells', async () => {
    const id = await aTwin(flow());
    await twins.replace(city, id, aDto({ id, features: [flow({ ...WIDER, version: '2.0.0' })] }));
    expect((await refusalOf(twins.replace(city, id, aDto({ id, features: [] })))).code).toBe('breaking-change');
    await twins.replace(city, id, aDto({ id, features: [] }), {}, undefined, { force: true });
    const entries = await registry.database.query<{ entry: string }>(`SELECT entry FROM audit_entry WHERE entry LIKE '%' || $1 || '%' ORDER BY sequence`, [id]); // prettier-ignore
    expect(entries.map(({ entry }) => (JSON.parse(entry) as { detail: { broken?: string[] } }).detail.broken)).toEqual([undefined, undefined, ['flow']]); // prettier-ignore
  });

  it('names who stands on what breaks', async () => {
    const id = await aTwin(flow(), flow({ name: 'speed' }));
    const asked: unknown[] = [];
    const dependent: FeatureDependent = { kind: 'connection', id: 'urn:test:connection', features: ['flow'], twin: 'urn:test:peer' };
    registry.get(FeatureDependentsPort).bind({
      find: (_tx, twin, features) => {
        asked.push([twin, features]);
        return Promise.resolve(twin === id ? [dependent] : []);
      },
    });
    const fresh = aDto({ id, features: [flow(WIDER), flow({ name: 'speed', schema: { type: 'integer' } })] });
    expect((await refusalOf(twins.replace(city, id, fresh))).extensions.dependents).toEqual([dependent]);
    expect(asked).toEqual([[id, ['flow']]]);
  });

  it('is not refused when the twin goes', async () => {
    const id = await aTwin(flow());
    await twins.deregister(city, id);
    expect((await refusalOf(twins.read(city, id))).code).toBe('not-found');
  });
});

describe('a dry run', () => {
  it('tells what would happen and changes nothing', async () => {
    const id = await aTwin(flow());
    const before = await registry.database.query('SELECT * FROM twin WHERE id = $1', [id]);
    expect(await previews.replace(city, id, aDto({ id, features: [flow(WIDER)] }))).toMatchObject({ change: 'replaced', impact: { verdict: 'breaking' } }); // prettier-ignore
    expect(await previews.patch(city, id, { features: [flow({ ...WIDER, version: '2.0.0' })] })).toMatchObject({
      change: 'replaced',
      impact: { verdict: 'compatible', features: [{ verdict: 'breaking', newMajor: true }] },
    });
    expect(await previews.patch(city, id, { name: 'Another' })).toMatchObject({ change: 'replaced', impact: { verdict: 'none' } });
    expect(await previews.patch(city, id, {})).toMatchObject({ change: 'unchanged' });
    expect(await registry.database.query('SELECT * FROM twin WHERE id = $1', [id])).toEqual(before);
    const fresh = aDto();
    expect(await previews.register(city, fresh)).toMatchObject({ id: fresh.id, change: 'created', impact: { verdict: 'none' } });
    expect((await refusalOf(twins.read(city, parseTwinId(fresh.id)))).code).toBe('not-found');
  });

  it('fails as the change would', async () => {
    const id = await aTwin(flow());
    expect((await refusalOf(previews.register(city, aDto({ id })))).code).toBe('already-exists');
    expect((await refusalOf(previews.replace(organization('rival'), id, aDto({ id })))).code).toBe('already-exists');
    expect((await refusalOf(previews.replace(city, id, aDto({ id }), { absent: true }))).code).toBe('precondition-failed');
    expect((await refusalOf(previews.patch(city, id, { name: 7 }))).code).toBe('validation-failed');
  });
});

describe('over HTTP', () => {
  it('answers a dry run with 200, a breaking change with 409, and what If-None-Match names with 412', async () => {
    const id = await aTwin(flow());
    const url = `/v1/twins/${encodeURIComponent(id)}`;
    const patch = { method: 'PATCH', headers: { 'if-match': '*', 'content-type': 'application/merge-patch+json' }, payload: { features: [] } } as const; // prettier-ignore
    const dry = await registry.call(city, { ...patch, url: `${url}?dryRun=true` });
    expect([dry.statusCode, dry.json()]).toMatchObject([200, { id, change: 'replaced', impact: { verdict: 'breaking' } }]);
    const refused = await registry.call(city, { ...patch, url });
    expect([refused.statusCode, refused.json()]).toMatchObject([409, { type: 'urn:twinfed:problem:breaking-change', verdict: 'breaking' }]);
    const known = { ...patch, headers: { ...patch.headers, 'if-none-match': '"1-1"' }, url: `${url}?force=true` };
    expect((await registry.call(city, known)).statusCode).toBe(412);
    expect((await registry.call(city, { ...patch, url: `${url}?force=true` })).statusCode).toBe(200);
    expect((await registry.call(city, { ...patch, url: `${url}?force=perhaps` })).statusCode).toBe(400);
    const created = await registry.call(city, { method: 'POST', url: '/v1/twins?dryRun=true', payload: aDto() });
    expect([created.statusCode, created.json()]).toMatchObject([200, { change: 'created' }]);

    const past = await registry.call(city, { method: 'GET', url: `${url}/versions/1` });
    expect([past.statusCode, past.headers.etag]).toEqual([200, '"1-1"']);
    expect((await registry.call(city, { method: 'GET', url: `${url}/versions/1`, headers: { 'if-none-match': '"1-1"' } })).statusCode).toBe(
      304,
    );
    const at = encodeURIComponent(past.json<{ changedAt: string }>().changedAt);
    const then = await registry.call(city, { method: 'GET', url: `${url}?at=${at}` });
    expect(then.json()).toEqual(past.json());
    expect((await registry.call(city, { method: 'HEAD', url: `${url}/versions` })).statusCode).toBe(200);
    expect((await registry.call(city, { method: 'GET', url: `${url}/versions/one` })).statusCode).toBe(400);
  });
});
