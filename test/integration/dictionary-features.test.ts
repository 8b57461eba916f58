import { aDto, aProfile, aRegistry, OPERATOR, organization, type TestRegistry } from './registry-fixture.js';
import { SharedSchemaService } from '../../src/dictionary/shared-schema/shared-schema.service.js';
import { TwinService } from '../../src/registry/twin.service.js';

interface Problem {
  type: string;
  status: number;
  detail: string;
  errors?: { pointer: string; detail: string }[];
}

describe('features and the dictionary', () => {
  let registry: TestRegistry;
  const city = organization('city');
  beforeAll(async () => {
    registry = await aRegistry();
  });
  afterAll(() => registry.close());

  const register = async (feature: Record<string, unknown>) =>
    registry.call(city, {
      method: 'POST',
      url: '/v1/twins',
      payload: aProfile({ features: [{ kind: 'data', name: 'a', schema: true, ...feature }] }),
    });

  it.each([
    ['km.h-1', 'km/h'],
    ['KMH', 'km/h'],
    ['degreeCelsius', 'Cel'],
    ['{vehicles}/h', '{vehicles}/h'],
    ['EUR/(kW.h)', 'EUR/kW/h'],
    [`{${'x'.repeat(64)}}/(m2.h)`, `{${'x'.repeat(64)}}/m2/h`],
  ])('unit %s is stored as %s', async (unit, canonical) => {
    const answer = await register({ unit });
    expect(answer.statusCode).toBe(201);
    expect(answer.json<{ features: { unit: string }[] }>().features[0]?.unit).toBe(canonical);
  });

  it('an unreadable unit is refused by name, and nothing is stored', async () => {
    const profile = aProfile({ features: [{ kind: 'data', name: 'a', schema: true, unit: 'furlongs' }] });
    const answer = await registry.call(city, { method: 'POST', url: '/v1/twins', payload: profile });
    expect(answer.statusCode).toBe(400);
    expect(answer.json<Problem>().errors).toEqual([{ pointer: '/features/0/unit', detail: expect.stringContaining('furlongs') as string }]);
    expect((await registry.call(city, { method: 'GET', url: `/v1/twins/${profile.id}` })).statusCode).toBe(404);
  });

  it('a schema that refers to what is not registered is a 422 that names it, until it is', async () => {
    const id = 'https://models.test/common.json';
    const schema = { properties: { a: { $ref: `${id}#/definitions/a` } } };
    const answer = await register({ schema });
    expect(answer.statusCode).toBe(422);
    expect(answer.json<Problem>()).toMatchObject({ type: 'urn:twinfed:problem:schema-unresolvable' });
    expect(answer.json<Problem>().errors).toEqual([
      { pointer: '/features/0/schema/properties/a/$ref', detail: expect.stringContaining(`${id}#/definitions/a`) as string },
    ]);
    await registry.get(SharedSchemaService).register(city, [{ schema: { $id: id, definitions: { a: { type: 'number' } } } }]);
    expect((await register({ schema })).statusCode).toBe(201);
    expect((await register({ schema: { $ref: `${id}#/definitions/b` } })).statusCode).toBe(422);
    expect((await register({ schema, unit: 'nonsense' })).statusCode).toBe(400);
  });

  it('an operator registers no twin', async () => {
    await expect(registry.get(TwinService).register(OPERATOR, aDto())).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('the dictionary over HTTP', () => {
  let registry: TestRegistry;
  const city = organization('city');
  beforeAll(async () => {
    registry = await aRegistry();
  });
  afterAll(() => registry.close());

  it('reads units and converts', async () => {
    const get = async (query: Record<string, string>) => registry.call(city, { method: 'GET', url: '/v1/dictionary/units', query });
    expect((await get({ code: 'KMH', to: 'm/s', value: '90' })).json()).toEqual({
      code: 'km/h',
      kind: 'physical',
      dimension: 'L.T-1',
      comparison: { to: { code: 'm/s', kind: 'physical', dimension: 'L.T-1' }, commensurable: true, value: 25 },
    });
    expect((await get({ code: 'm', to: 's' })).json()).toMatchObject({ comparison: { commensurable: false } });
    for (const [query, pointer] of [
      [{ code: 'nonsense' }, '/code'],
      [{ code: '' }, '/code'],
      [{ code: 'm'.repeat(10_000) }, '/code'],
      [{ code: 'KMH', vocabulary: 'ucum' }, '/code'],
      [{ code: 'XYZ', vocabulary: 'unece' }, '/code'],
      [{ code: 'm', to: 'x y' }, '/to'],
      [{ code: 'm', value: '1' }, '/to'],
      [{ code: 'm', to: 's', value: '1' }, '/value'],
      [{ code: 'm', to: 'km', value: 'many' }, '/value'],
    ] as [Record<string, string>, string][]) {
      const answer = await get(query);
      expect([query, answer.statusCode, answer.json<Problem>().errors?.[0]?.pointer]).toEqual([query, 400, pointer]);
    }
  });

  it('registers, reads, imports, lists and removes schemas', async () => {
    const id = 'https://models.test/one.json';
    const url = `/v1/dictionary/schemas/${encodeURIComponent(id)}`;
    const schema = { $id: id, title: 'One', type: 'object', properties: { constructor: { type: 'number' } } };
    const created = await registry.call(city, { method: 'PUT', url, payload: schema });
    expect(created.statusCode).toBe(201);
    expect(created.json()).toMatchObject({ id, visibility: 'own', title: 'One', dialect: '2020-12', refersTo: [], schema });
    expect((await registry.call(city, { method: 'PUT', url, payload: schema })).statusCode).toBe(200);
    expect((await registry.call(city, { method: 'PUT', url, payload: { $id: id } })).statusCode).toBe(409);
    expect((await registry.call(organization('other'), { method: 'GET', url })).statusCode).toBe(404);
    const imported = await registry.call(city, {
      method: 'POST',
      url: '/v1/dictionary/schemas',
      payload: { schemas: [{ schema: { $id: 'https://models.test/two.json', $ref: 'one.json' } }] },
    });
    expect(imported.json()).toEqual({ outcomes: [{ id: 'https://models.test/two.json', change: 'created' }] });
    const list = (await registry.call(city, { method: 'GET', url: '/v1/dictionary/schemas' })).json<{
      items: { id: string; refersTo: string[] }[];
    }>();
    expect(list.items.map((item) => [item.id, item.refersTo])).toEqual([
      [id, []],
      ['https://models.test/two.json', [id]],
    ]);
    expect((await registry.call(city, { method: 'DELETE', url })).statusCode).toBe(409);
    expect(
      (await registry.call(city, { method: 'DELETE', url: `/v1/dictionary/schemas/${encodeURIComponent('https://models.test/two.json')}` }))
        .statusCode,
    ).toBe(204);
    expect((await registry.call(city, { method: 'DELETE', url })).statusCode).toBe(204);
  });

  it.each([
    [{}, '/schemas'],
    [[], '/schemas'],
    [{ schemas: [] }, '/schemas'],
    [{ schemas: ['x'] }, '/schemas/0'],
    [{ schemas: [{ schema: { $id: 'urn:x:y' }, id: 7 }] }, '/schemas/0/id'],
    [{ schemas: [{ schema: { $id: 'urn:x:y' } }, { schema: { $id: 'urn:x:y' } }] }, '/schemas/1'],
    [{ schemas: [{ schema: { $id: 'urn:x:y' } }, { schema: { $id: 'urn:x:z', type: 'x' } }] }, '/schemas/1/schema/type'],
  ])('refuses the import %j at %s', async (payload, pointer) => {
    const answer = await registry.call(city, { method: 'POST', url: '/v1/dictionary/schemas', payload });
    expect([answer.statusCode, answer.json<Problem>().errors?.[0]?.pointer]).toEqual([400, pointer]);
  });
});
