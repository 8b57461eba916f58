import { aProfile, aRegistry, organization, type TestRegistry } from './registry-fixture.js';

const city = organization('city');
const SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]; // prettier-ignore

let registry: TestRegistry;

beforeAll(async () => {
  registry = await aRegistry();
});
afterAll(() => registry.close());

const data = (parts: object): Record<string, unknown> => ({ features: [{ kind: 'data', name: 'f', schema: true, ...parts }] });
const schema = (value: unknown): Record<string, unknown> => data({ schema: value });
const call = (parts: object): Record<string, unknown> => ({ features: [{ kind: 'function', name: 'f', input: true, ...parts }] });
const area = (value: unknown): Record<string, unknown> => ({ coverage: { area: value } });
const polygon = (...rings: unknown[]): Record<string, unknown> => area({ type: 'Polygon', coordinates: rings });

const WRONG: [string, Record<string, unknown>, string][] = [
  ['an unknown member', { nonsense: 1 }, '/nonsense'],
  ['an owner', { owner: 'city' }, '/owner'],
  ['a status', { status: 'ACTIVE' }, '/status'],
  ['a name of the wrong type', { name: 7 }, '/name'],
  ['a missing name', { name: undefined }, '/name'],
  ['a blank name', { name: ' ' }, '/name'],
  ['a long name', { name: 'x'.repeat(201) }, '/name'],
  ['a null description', { description: null }, '/description'],
  ['a missing domain', { domain: undefined }, '/domain'],
  ['a domain that is no slug', { domain: 'Traffic' }, '/domain'],
  ['an object of interest that is no URI', { objectOfInterest: ['urn:a', 'a b'] }, '/objectOfInterest/1'],
  ['too many objects of interest', { objectOfInterest: Array(101).fill('urn:a') }, '/objectOfInterest'],
  ['coverage of the wrong type', { coverage: [] }, '/coverage'],
  ['a time that is none', { coverage: { validFrom: '2026-02-30T00:00:00Z' } }, '/coverage/validFrom'],
  [
    'a span that ends before it begins',
    { coverage: { validFrom: '2026-01-02T00:00:00Z', validTo: '2026-01-01T00:00:00Z' } },
    '/coverage/validTo',
  ],
  ['an unknown direction', { synchronization: { direction: 'sideways' } }, '/synchronization/direction'],
  ['a period of zero', { synchronization: { direction: 'bidirectional', periodMs: 0 } }, '/synchronization/periodMs'],
  ['credentials in a URL', { endpoints: [{ protocol: 'http', url: 'https://a:b@c.example/' }] }, '/endpoints/0/url'],
  ['a URL of another scheme', { endpoints: [{ protocol: 'http', url: 'file:///etc/passwd' }] }, '/endpoints/0/url'],
  [
    'an unknown member of an endpoint',
    { endpoints: [{ protocol: 'http', url: 'https://c.example/', password: 'x' }] },
    '/endpoints/0/password',
  ],
  ['too many endpoints', { endpoints: Array(17).fill({ protocol: 'http', url: 'https://c.example/' }) }, '/endpoints'],
  ['labels of the wrong type', { labels: ['a'] }, '/labels'],
  ['a label of the wrong type', { labels: { a: 1 } }, '/labels/a'],
  ['a label with a long name', { labels: { ['k'.repeat(64)]: 'v' } }, `/labels/${'k'.repeat(64)}`],
  ['a label with a long value', { labels: { 'a/b': 'v'.repeat(257) } }, '/labels/a~1b'],
  ['too many labels', { labels: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`k${i}`, 'v'])) }, '/labels'],
  ['an unknown access', { access: 'public' }, '/access'],
  ['a short lease', { lease: { ttlSeconds: 4 } }, '/lease/ttlSeconds'],
  ['a lease that is no integer', { lease: { ttlSeconds: 5.5 } }, '/lease/ttlSeconds'],
  ['a lease of a bare number', { lease: 60 }, '/lease'],
  ['features of the wrong type', { features: { a: 1 } }, '/features'],
  ['a feature that is no object', { features: ['flow'] }, '/features/0'],
  ['too many features', { features: Array.from({ length: 201 }, (_, i) => ({ kind: 'data', name: `f${i}`, schema: true })) }, '/features'],
  ['an unknown kind', data({ kind: 'event' }), '/features/0/kind'],
  ['a feature name with a space', data({ name: 'a b' }), '/features/0/name'],
  ['a version that is not semantic', data({ version: '1' }), '/features/0/version'],
  ['an unknown member of a feature', data({ nonsense: 1 }), '/features/0/nonsense'],
  ['a semantic type that is no IRI', data({ semanticType: 'flow' }), '/features/0/semanticType'],
  ['an empty unit', data({ unit: '' }), '/features/0/unit'],
  ['data without a schema', data({ schema: undefined }), '/features/0/schema'],
  ['data with an input', data({ input: true }), '/features/0/input'],
  ['a function without an input', call({ input: undefined }), '/features/0/input'],
  ['a function with a schema', call({ schema: true }), '/features/0/schema'],
  ['a function with a unit', call({ unit: 'm' }), '/features/0/unit'],
  ['two features of one name', { features: [{ kind: 'data', name: 'f', schema: true }, { kind: 'function', name: 'f', input: true }] }, '/features/1/name'], // prettier-ignore
  ['a schema that is none', schema('x'), '/features/0/schema'],
  ['an unknown type', schema({ type: 'nonsense' }), '/features/0/schema/type'],
  ['a pattern that does not compile', schema({ properties: { x: { pattern: '(' } } }), '/features/0/schema/properties/x/pattern'],
  ['a pattern that needs backtracking', call({ output: { pattern: '(a)\\1' } }), '/features/0/output/pattern'],
  ['an area that is none', area({ type: 'Circle' }), '/coverage/area/type'],
  ['a missing ring', polygon(), '/coverage/area/coordinates'],
  ['an open ring', polygon(SQUARE.slice(0, 4)), '/coverage/area/coordinates/0'],
  ['a latitude out of range', area({ type: 'Point', coordinates: [0, 91] }), '/coverage/area/coordinates/1'],
  ['a longitude that is no number', area({ type: 'Point', coordinates: ['NaN', 0] }), '/coverage/area/coordinates/0'],
  ['a coordinate of null (as NaN is written)', area({ type: 'Point', coordinates: [NaN, 0] }), '/coverage/area/coordinates/0'],
  ['a null area', area(null), '/coverage/area'],
  [
    'a bad schema of a member called constructor',
    schema({ properties: { constructor: { type: 'x' } } }),
    '/features/0/schema/properties/constructor/type',
  ],
  ['an area with a member called constructor', area({ constructor: 'x' }), '/coverage/area/type'],
];

/** What the reader of bodies refuses before anybody looks at it. */
const UNREADABLE: [string, Record<string, unknown>][] = [
  ['U+0000 in a name', { name: 'a\u0000b' }],
  ['half a surrogate pair', { description: '\ud800' }],
  ['U+0000 within a schema', schema({ const: 'a\u0000b' })],
];

describe('bad input to the registry', () => {
  it.each(UNREADABLE)('is refused unread: %s', async (_what, parts) => {
    const response = await registry.call(city, { method: 'POST', url: '/v1/twins', payload: aProfile(parts) });
    expect(response.json()).toMatchObject({ status: 400, type: 'urn:twinfed:problem:malformed-message' });
  });

  it.each([
    ['into the network', { $ref: 'https://example.com/schema.json' }, '/features/0/schema/$ref'],
    ['to a file', { properties: { a: { $ref: 'file:///etc/passwd' } } }, '/features/0/schema/properties/a/$ref'],
  ])('is refused by the name of the reference: %s', async (_what, wrong, pointer) => {
    const response = await registry.call(city, { method: 'POST', url: '/v1/twins', payload: aProfile(schema(wrong)) });
    expect(response.json()).toMatchObject({ status: 422, type: 'urn:twinfed:problem:schema-unresolvable', errors: [{ pointer }] });
  });

  it.each(WRONG)('is refused with its place: %s', async (_what, parts, pointer) => {
    const profile = aProfile(parts);
    for (const request of [
      { method: 'POST', url: '/v1/twins' },
      { method: 'PUT', url: `/v1/twins/${encodeURIComponent(profile.id)}` },
    ] as const) {
      const response = await registry.call(city, { ...request, payload: profile });
      const problem = response.json<{ type: string; pointer: string; errors: { pointer: string }[] }>();
      expect([response.statusCode, problem.type]).toEqual([400, 'urn:twinfed:problem:validation-failed']);
      expect(problem.errors.map((place) => place.pointer)).toContain(pointer);
    }
    expect(await registry.database.query('SELECT FROM twin WHERE id = $1', [profile.id])).toEqual([]);
  });

  it('is refused as a whole when it is too large', async () => {
    const features = Array.from({ length: 180 }, (_, i) => ({ kind: 'data', name: `f${i}`, schema: { description: 'x'.repeat(1600) } }));
    const response = await registry.call(city, { method: 'POST', url: '/v1/twins', payload: aProfile({ features }) });
    expect(response.statusCode).toBe(413);
  });

  it.each([[[]], ['x'], [7], [true]])('is refused when the body is %j', async (payload) => {
    const headers = { 'content-type': 'application/json' };
    const response = await registry.call(city, { method: 'POST', url: '/v1/twins', headers, payload: JSON.stringify(payload) });
    expect(response.statusCode).toBe(400);
  });

  it('names every wrong place at once', async () => {
    const response = await registry.call(city, {
      method: 'POST',
      url: '/v1/twins',
      payload: aProfile({
        objectOfInterest: ['x'],
        labels: { a: 1 },
        ...schema({ type: 'x' }),
        ...area({ type: 'Point', coordinates: [200, 0] }),
      }),
    });
    expect(
      response
        .json<{ errors: { pointer: string }[] }>()
        .errors.map(({ pointer }) => pointer)
        .toSorted(),
    ).toEqual(['/coverage/area/coordinates/0', '/features/0/schema/type', '/labels/a', '/objectOfInterest/0']);
  });
});
