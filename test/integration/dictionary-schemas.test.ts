import { FeatureSchemas } from '../../src/dictionary/shared-schema/feature-schemas.js';
import { MAX_CLOSURE_DOCUMENTS } from '../../src/dictionary/shared-schema/closure.js';
import { SharedSchemaService } from '../../src/dictionary/shared-schema/shared-schema.service.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { DomainEvents } from '../../src/database/domain-events.js';
import { aDto, aRegistry, eventsOf, OPERATOR, organization, type TestRegistry, twinOf } from './registry-fixture.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const SEVEN = 'http://json-schema.org/draft-07/schema#';

describe('shared schemas', () => {
  let registry: TestRegistry;
  let schemas: SharedSchemaService;
  let features: FeatureSchemas;
  let count = 0;
  beforeAll(async () => {
    registry = await aRegistry();
    schemas = registry.get(SharedSchemaService);
    features = registry.get(FeatureSchemas);
  });
  afterAll(() => registry.close());

  const anId = (name = 'a'): string => `https://schemas.test/${++count}/${name}.json`;
  const anOwner = () => organization(`owner-${++count}`);
  const refusal = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => undefined,
      (error: unknown) => error,
    );

  it('resolve references of a feature: by pointer, anchor, relative address, and from one to the next', async () => {
    const owner = anOwner();
    const base = anId('common');
    const other = new URL('other.json', base).href;
    await schemas.register(owner, [
      { schema: { $schema: DIALECT, $id: base, definitions: { name: { $ref: 'other.json#name' }, size: { type: 'number' } } } },
      { schema: { $schema: DIALECT, $id: other, $defs: { a: { $anchor: 'name', type: 'string', maxLength: 3 } } } },
    ]);
    const compiled = await features.compile(owner.organization, {
      allOf: [
        { properties: { name: { $ref: `${base}#/definitions/name` } } },
        { properties: { size: { $ref: `${base}#/definitions/size` } } },
      ],
    });
    expect(compiled.validate({ name: 'abc', size: 1 })).toEqual([]);
    expect(compiled.validate({ name: 'abcd', size: 'x' }).map(({ pointer }) => pointer)).toEqual(['/name', '/size']);
  });

  it('are each of their own dialect', async () => {
    const owner = anOwner();
    const [old, young] = [anId('old'), anId('young')];
    await schemas.register(owner, [
      { schema: { $schema: SEVEN, $id: old, items: [{ type: 'string' }], additionalItems: false } },
      { schema: { $schema: DIALECT, $id: young, prefixItems: [{ type: 'number' }], items: { $ref: old } } },
    ]);
    const compiled = await features.compile(owner.organization, { $schema: SEVEN, properties: { a: { $ref: young } } });
    expect(compiled.validate({ a: [1, ['x'], ['y']] })).toEqual([]);
    expect(compiled.validate({ a: [1, ['x', 'y']] })[0]?.pointer).toBe('/a/1');
  });

  it('may be recursive across documents, but not endlessly so', async () => {
    const owner = anOwner();
    const [one, two] = [anId('one'), anId('two')];
    await schemas.register(owner, [
      { schema: { $id: one, properties: { next: { $ref: two } } } },
      { schema: { $id: two, type: 'object', properties: { next: { $ref: one } } } },
    ]);
    const compiled = await features.compile(owner.organization, { $ref: one });
    expect(compiled.validate({ next: { next: { next: 1 } } })[0]?.pointer).toBe('/next/next/next');
    const [three, four] = [anId('three'), anId('four')];
    await schemas.register(owner, [
      { schema: { $id: three, allOf: [{ $ref: four }] } },
      { schema: { $id: four, anyOf: [{ $ref: three }] } },
    ]);
    expect(await refusal(features.compile(owner.organization, { $ref: three }))).toMatchObject({
      detail: expect.stringContaining('comes back') as string,
    });
  });

  it('of two owners with one $id never meet, and an own one comes before the public one', async () => {
    const [first, second, third] = [anOwner(), anOwner(), anOwner()];
    const id = anId();
    await schemas.register(first, [{ schema: { $id: id, type: 'string' } }]);
    await schemas.register(second, [{ schema: { $id: id, type: 'number' } }]);
    const user = { properties: { a: { $ref: id } } };
    expect((await features.compile(first.organization, user)).validate({ a: 1 })).not.toEqual([]);
    expect((await features.compile(second.organization, user)).validate({ a: 1 })).toEqual([]);
    expect(await refusal(features.compile(third.organization, user))).toMatchObject({
      reason: 'unresolvable-ref',
      pointer: '/properties/a/$ref',
      reference: id,
    });
    await schemas.register(OPERATOR, [{ schema: { $id: id, type: 'boolean' } }]);
    expect((await features.compile(third.organization, user)).validate({ a: true })).toEqual([]);
    expect((await features.compile(second.organization, user)).validate({ a: 1 })).toEqual([]);
    await schemas.register(third, [{ schema: { $id: id, type: 'null' } }]);
    expect((await features.compile(third.organization, user)).validate({ a: null })).toEqual([]);
    expect((await schemas.read(third, id)).owner).toBe(third.organization);
    expect((await schemas.read(anOwner(), id)).schema).toEqual({ $id: id, type: 'boolean' });
  });

  it('that are public mean public ones only', async () => {
    const owner = anOwner();
    const [outer, inner] = [anId('outer'), anId('inner')];
    await schemas.register(OPERATOR, [{ schema: { $id: outer, $ref: inner } }]);
    await schemas.register(owner, [{ schema: { $id: inner, type: 'string' } }]);
    expect(await refusal(features.compile(owner.organization, { $ref: outer }))).toMatchObject({
      reason: 'unresolvable-ref',
      pointer: '',
      detail: expect.stringContaining(inner) as string,
    });
    await schemas.register(OPERATOR, [{ schema: { $id: inner, type: 'number' } }]);
    expect((await features.compile(owner.organization, { $ref: outer })).validate(1)).toEqual([]);
  });

  it('never change under one id, also under eight writers at once', async () => {
    const owner = anOwner();
    const id = anId();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => schemas.register(owner, [{ schema: { $id: id, maximum: index % 2 } }])),
    );
    const stored = (await schemas.read(owner, id)).schema as { maximum: number };
    for (const [index, outcome] of outcomes.entries()) expect(outcome.status).toBe(index % 2 === stored.maximum ? 'fulfilled' : 'rejected');
    await expect(schemas.register(owner, [{ schema: { maximum: stored.maximum, $id: id } }])).resolves.toEqual([
      { id, change: 'unchanged' },
    ]);
    expect(await eventsOf(registry, id)).toHaveLength(1);
  });

  it('are registered all or none', async () => {
    const owner = anOwner();
    const [good, taken] = [anId(), anId()];
    await schemas.register(owner, [{ schema: { $id: taken } }]);
    await expect(schemas.register(owner, [{ schema: { $id: good } }, { schema: { $id: taken, type: 'null' } }])).rejects.toMatchObject({
      code: 'already-exists',
    });
    await expect(schemas.read(owner, good)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('in use by a twin or another schema stay', async () => {
    const owner = anOwner();
    const [used, user] = [anId('used'), anId('user')];
    await schemas.register(
      owner,
      [{ schema: { $id: used, type: 'number' } }, { schema: { $id: user, $ref: 'used.json#' } }].map(({ schema }) => ({
        schema: { ...schema, ...('$ref' in schema && { $ref: used }) },
      })),
    );
    await expect(schemas.remove(owner, used)).rejects.toMatchObject({
      code: 'state-conflict',
      detail: expect.stringContaining(user) as string,
    });
    const relative = { $id: user.replace('user.json', 'feature.json'), items: { $ref: 'user.json' } };
    const { twin } = await registry.get(TwinService).register(owner, aDto({ features: [{ kind: 'data', name: 'a', schema: relative }] }));
    await expect(schemas.remove(owner, user)).rejects.toMatchObject({
      code: 'state-conflict',
      detail: expect.stringContaining(twin.id) as string,
    });
    await registry.get(TwinService).deregister(owner, twin.id);
    await schemas.remove(owner, user);
    await schemas.remove(owner, used);
    await expect(schemas.remove(owner, used)).rejects.toMatchObject({ code: 'not-found' });
    expect(await refusal(features.compile(owner.organization, relative))).toMatchObject({ reason: 'unresolvable-ref' });
  });

  it('are known to another broker, which also hears that one is gone', async () => {
    const other = await registry.another();
    try {
      const owner = anOwner();
      const id = anId();
      await schemas.register(owner, [{ schema: { $id: id, type: 'number' } }]);
      const elsewhere = other.get(FeatureSchemas);
      expect((await elsewhere.compile(owner.organization, { $ref: id })).validate('x')).not.toEqual([]);
      await schemas.remove(owner, id);
      await other.get(DomainEvents).readNew();
      expect(await refusal(elsewhere.compile(owner.organization, { $ref: id }))).toMatchObject({ reason: 'unresolvable-ref' });
    } finally {
      await other.close();
    }
  });

  it('of GeoJSON are built in', async () => {
    const compiled = await features.compile(anOwner().organization, {
      properties: { where: { $ref: 'https://geojson.org/schema/Geometry.json' } },
    });
    expect(compiled.validate({ where: { type: 'Point', coordinates: [1, 2] } })).toEqual([]);
    expect(compiled.validate({ where: { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [1, 2] }] } })).toEqual([]);
    expect(compiled.validate({ where: { type: 'Point', coordinates: [1] } })).not.toEqual([]);
  });

  it('are bounded together: documents, size, subschemas, patterns', async () => {
    const owner = anOwner();
    const ids = Array.from({ length: MAX_CLOSURE_DOCUMENTS + 1 }, () => anId());
    await schemas.register(
      owner,
      ids.map(($id, index) => ({ schema: { $id, properties: { next: { $ref: ids[index + 1] ?? ids[0] } } } })),
    );
    expect(await refusal(features.compile(owner.organization, { $ref: ids[0] }))).toMatchObject({ reason: 'too-large' });
    const large = Array.from({ length: 12 }, () => anId());
    for (const $id of large) await schemas.register(owner, [{ schema: { $id, description: 'x'.repeat(200_000) } }]);
    expect(await refusal(features.compile(owner.organization, { anyOf: large.map(($ref) => ({ $ref })) }))).toMatchObject({
      reason: 'too-large',
    });
    const wide = [anId(), anId()];
    const properties = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`p${index}`, { minimum: index }]));
    await schemas.register(
      owner,
      wide.map(($id) => ({ schema: { $id, properties } })),
    );
    expect(await refusal(features.compile(owner.organization, { anyOf: wide.map(($ref) => ({ $ref })) }))).toMatchObject({
      reason: 'too-large',
    });
    const evil = anId();
    await schemas.register(owner, [{ schema: { $id: evil, pattern: '^(a)\\1b' } }]);
    expect(await refusal(features.compile(owner.organization, { $ref: evil }))).toMatchObject({
      reason: 'pattern-refused',
      detail: expect.stringMatching(new RegExp(`${evil}.*backreference`)) as string,
    });
  });

  it.each([
    [{ type: 'string' }, '/$id'],
    [{ $id: 'relative.json' }, '/$id'],
    [{ $id: 'https://schemas.test/a.json#part' }, '/$id'],
    [{ $id: 7 }, '/$id'],
    [{ $id: 'https://schemas.test/ä.json' }, '/$id'],
    [{ $id: `https://schemas.test/${'a'.repeat(600)}` }, '/$id'],
    [{ $id: 'https://schemas.test/bad.json', type: 'money' }, '/type'],
    [{ $id: 'https://schemas.test/bad.json', $schema: 'https://example.org/mine' }, '/$schema'],
    ['text', ''],
    [null, ''],
  ])('refuse %j at %s', async (schema, pointer) => {
    await expect(schemas.register(anOwner(), [{ schema }])).rejects.toMatchObject({ code: 'validation-failed', pointer });
  });

  it('take an address other than their $id, and an empty fragment', async () => {
    const owner = anOwner();
    const [address, id] = [anId('address'), anId('id')];
    await schemas.register(owner, [
      { id: `${address}#`, schema: { $id: id, $defs: { a: { $ref: `${id}#/$defs/b` }, b: { type: 'number' } } } },
    ]);
    expect((await features.compile(owner.organization, { $ref: `${address}#/$defs/a` })).validate('x')).not.toEqual([]);
  });

  it('are for organizations and operators to share', async () => {
    await expect(schemas.register(twinOf('city', 'urn:a:b'), [{ schema: { $id: anId() } }])).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('are listed page by page, with the public ones', async () => {
    const owner = anOwner();
    const ids = [anId(), anId(), anId()].sort();
    await schemas.register(
      owner,
      ids.map(($id) => ({ schema: { $id } })),
    );
    const seen: string[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await schemas.list(owner, 2, cursor);
      seen.push(...page.items.filter((each) => each.owner === owner.organization).map((each) => each.id));
      cursor = page.next;
    }
    expect(seen).toEqual(ids);
  });
});
