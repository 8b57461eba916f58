import type { Answer } from './support/http-client.js';
import { expectRefusal, registryOf, twinPath } from './support/refusals.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

const KEPT = 'urn:example:twin:kept';
const TWIN = { name: 'A', domain: 'traffic' };
const TOO_LONG = `urn:x:${'a'.repeat(507)}`;
const square = (...corner: number[][]): unknown => ({ type: 'Polygon', coordinates: [corner] });

/** Ids that are none, raw and as they stand in a path. */
const IDS: [what: string, id: unknown][] = [
  ['a raw space', 'urn:x:a b'],
  ['a line break', 'urn:x:a\nb'],
  ['a control', 'urn:x:a\u0007b'],
  ['a DEL', 'urn:x:a\u007fb'],
  ['a letter beyond ASCII', 'urn:x:ü'],
  ['a bidirectional override', 'urn:x:\u202eevil'],
  ['513 characters', TOO_LONG],
  ['no scheme', 'traffic'],
  ['a scheme alone', 'urn:'],
  ['a lone per cent sign', 'urn:x:%zz'],
  ['angle brackets', 'urn:x:<script>'],
  ['a backslash', 'urn:x:a\\b'],
];

const AREAS: [what: string, area: unknown, at: string][] = [
  ['an open ring', square([0, 0], [1, 0], [1, 1], [0, 1]), '/coordinates/0'],
  ['a ring of three positions', square([0, 0], [1, 0], [0, 0]), '/coordinates/0'],
  ['a ring without area', square([0, 0], [0, 0], [0, 0], [0, 0]), '/coordinates/0'],
  ['a ring that crosses itself', square([0, 0], [1, 1], [1, 0], [0, 1], [0, 0]), '/coordinates/0'],
  ['no ring', { type: 'Polygon', coordinates: [] }, '/coordinates'],
  ['a longitude of 181', { type: 'Point', coordinates: [181, 0] }, '/coordinates/0'],
  ['a latitude of 91', { type: 'Point', coordinates: [0, 91] }, '/coordinates/1'],
  ['a latitude of 1e308', { type: 'Point', coordinates: [0, 1e308] }, '/coordinates/1'],
  ['"NaN"', { type: 'Point', coordinates: ['NaN', 0] }, '/coordinates/0'],
  ['null for a number', { type: 'Point', coordinates: [null, 0] }, '/coordinates/0'],
  ['one number', { type: 'Point', coordinates: [1] }, '/coordinates'],
  ['five numbers', { type: 'Point', coordinates: [1, 1, 1, 1, 1] }, '/coordinates'],
  ['an object for numbers', { type: 'Point', coordinates: { 0: 1, 1: 1, length: 2 } }, '/coordinates'],
  ['a line of one position', { type: 'LineString', coordinates: [[0, 0]] }, '/coordinates'],
  ['a circle', { type: 'Circle', coordinates: [0, 0] }, '/type'],
  ['a Feature', { type: 'Feature', geometry: { type: 'Point', coordinates: [0, 0] }, properties: {} }, '/type'],
  ['another reference system', { type: 'Point', coordinates: [0, 0], crs: {} }, '/crs'],
  ['a bbox of words', { type: 'Point', coordinates: [0, 0], bbox: ['a'] }, '/bbox'],
  ['a list', [], ''],
  ['null', null, ''],
];

const UNRESOLVABLE = /nothing is fetched/;
const NO_SCHEMA = /no schema/;
const SCHEMAS: [what: string, schema: unknown, at: string, rule?: RegExp][] = [
  ['an unknown type', { type: 'nothing' }, '/type'],
  ['a negative length', { minLength: -1 }, '/minLength'],
  ['required that is no list', { required: 'a' }, '/required'],
  ['a number', 5, ''],
  ['a list', [], ''],
  ['null', null, ''],
  ['a reference to the network', { $ref: 'https://evil.example/schema.json' }, '/$ref', UNRESOLVABLE],
  ['a reference to the cloud’s metadata', { allOf: [{ $ref: 'http://169.254.169.254/latest' }] }, '/allOf/0/$ref', UNRESOLVABLE],
  ['a reference to a file', { $ref: 'file:///etc/passwd' }, '/$ref', UNRESOLVABLE],
  ['a relative reference', { $ref: 'other.json' }, '/$ref', UNRESOLVABLE],
  ['a relative reference from another base', { $id: 'https://evil.example/', $ref: 'x.json' }, '/$ref', UNRESOLVABLE],
  ['a dynamic reference elsewhere', { $dynamicRef: 'https://evil.example/#x' }, '/$dynamicRef', UNRESOLVABLE],
  ['a reference to nothing', { $ref: '#/$defs/a' }, '/$ref', NO_SCHEMA],
  ['a reference to itself', { $ref: '#' }, '', /comes back/],
  ['another dialect', { $schema: 'http://json-schema.org/draft-03/schema#' }, '/$schema', /not supported/],
  ['a dialect of its own', { $schema: 'https://evil.example/meta' }, '/$schema', /not supported/],
  ['a backreference in a look-ahead', { pattern: '^(?=(a)\\1)b' }, '/pattern', /backreference/],
  ['repetitions in a look-behind', { pattern: '(?<=(?:a{1000}){1000})b' }, '/pattern', /repetitions/],
  ['a backreference', { pattern: '(a+)\\1' }, '/pattern', /backreference/],
  ['a backreference for names', { patternProperties: { '(a)\\1': true } }, '/patternProperties/(a)\\1', /backreference/],
  ['no regular expression', { pattern: '(' }, '/pattern', /regular expression/],
  ['a million repetitions', { pattern: 'a{1000000}' }, '/pattern'],
  ['repetitions of repetitions', { pattern: '(((a{1000}){1000}){1000})' }, '/pattern'],
];

describe('registrations that cannot be', () => {
  let broker: RunningBroker;
  let city: TestOrganization;
  let etag: string;
  let before: string;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    city = await broker.createOrganization();
    const made = await broker.api('PUT', twinPath(KEPT), TWIN, city.token);
    expect(made.status).toBe(201);
    etag = made.headers.get('etag') ?? '';
    before = await registryOf(broker, city);
  });
  afterEach(async () => expect(await registryOf(broker, city)).toBe(before));
  afterAll(() => broker.close());

  const register = (twin: object): Promise<Answer> => broker.api('POST', '/v1/twins', { ...TWIN, ...twin }, city.token);
  const search = (area: object): Promise<Answer> => broker.api('POST', '/v1/discovery/search', { area }, city.token);

  it.each([...IDS, ['nothing', ''], ['a number', 5], ['null', null], ['a list', [KEPT]]])('refuses an id with %s', async (_what, id) => {
    expectRefusal(await register({ id }), 400, 'validation-failed', '/id');
    const federation = { id, purpose: 'Evil', initiator: KEPT };
    expectRefusal(await broker.api('POST', '/v1/federations', federation, city.token), 400, 'validation-failed', '/id');
  });

  it.each([...IDS, ['a NUL', 'urn:x:\u0000']])('refuses an id with %s in a path, with every method', async (_what, id) => {
    const path = twinPath(id as string);
    for (const [method, body] of [['GET'], ['DELETE'], ['PUT', TWIN], ['PATCH', { name: 'Evil' }]] as const) {
      expectRefusal(await broker.api(method, path, body, city.token, { 'if-match': '*' }), 400, 'invalid-id', /must/);
    }
    for (const beneath of ['/inbox', '/subscriptions', '/credentials', '/features/a/value']) {
      expectRefusal(await broker.api('GET', `${path}${beneath}`, undefined, city.token), 400, 'invalid-id', /must/);
    }
    for (const [kind, beneath] of [
      ['federations', '/members'],
      ['connections', '/status'],
    ] as const) {
      expectRefusal(
        await broker.api('GET', `/v1/${kind}/${encodeURIComponent(id as string)}${beneath}`, undefined, city.token),
        400,
        'invalid-id',
        /must/,
      );
    }
  });

  it('refuses an id in a path that is longer than the router takes, in its own words', async () => {
    const path = twinPath(`urn:x:${'a'.repeat(9_000)}`);
    expectRefusal(await broker.api('GET', path, undefined, city.token), 400, 'invalid-id');
    expectRefusal(await broker.api('PUT', path, TWIN, city.token), 400, 'invalid-id');
    expectRefusal(
      await broker.api('GET', `/v1/organizations/${'a'.repeat(64)}`, undefined, await broker.operatorToken()),
      400,
      'invalid-id',
      /63/,
    );
  });

  it('takes URIs with slashes, queries and fragments, percent-encoded, up to 512 characters', async () => {
    const ids = ['https://example.org/twins/a?b=c&d=%20#e', `urn:x:${'a'.repeat(506)}`, `urn:x:${'/'.repeat(506)}`];
    for (const id of ids) {
      expect(await broker.api('PUT', twinPath(id), TWIN, city.token)).toMatchObject({ status: 201, body: { id } });
      expect(await broker.api('GET', twinPath(id), undefined, city.token)).toMatchObject({ status: 200, body: { id } });
      expect((await broker.api('DELETE', twinPath(id), undefined, city.token)).status).toBe(204);
    }
  });

  it.each(AREAS)('refuses %s for an area, registered or searched', async (_what, area, at) => {
    expectRefusal(await register({ coverage: { area } }), 400, 'validation-failed', `/coverage/area${at}`);
    expectRefusal(await search({ intersects: area }), 400, 'validation-failed', `/area/intersects${at}`);
    expectRefusal(await search({ near: area, withinMeters: 5 }), 400, 'validation-failed', `/area/near${at}`);
  });

  it.each(SCHEMAS.map(([what, schema, at, rule]) => [what, schema, at, rule ?? /./] as const))(
    'refuses %s in a schema',
    async (_what, schema, at, rule) => {
      const data = { kind: 'data', name: 'a', schema };
      const call = { kind: 'function', name: 'b', input: true, output: schema };
      // What refers to nothing that is registered is a refusal of its own.
      const [status, type] =
        rule === UNRESOLVABLE || rule === NO_SCHEMA ? ([422, 'schema-unresolvable'] as const) : ([400, 'validation-failed'] as const);
      expectRefusal(await register({ features: [data] }), status, type, `/features/0/schema${at}`);
      const both = await register({ features: [{ ...data, schema: true }, call] });
      expectRefusal(both, status, type, `/features/1/output${at}`);
      expectRefusal(both, status, type, rule);
    },
  );

  it('refuses an id that is taken, and keeps what has it', async () => {
    expectRefusal(await register({ id: KEPT, name: 'Evil' }), 409, 'already-exists', /urn:example:twin:kept/);
    const other = await broker.createOrganization();
    const evil = { ...TWIN, id: KEPT, name: 'Evil' };
    expectRefusal(await broker.api('POST', '/v1/twins', evil, other.token), 409, 'already-exists', /urn:example:twin:kept/);
    expectRefusal(await broker.api('PUT', twinPath(KEPT), { ...TWIN, name: 'Evil' }, other.token), 409, 'already-exists');
    expectRefusal(
      await broker.api('POST', '/v1/organizations', { id: city.id, name: 'Evil' }, await broker.operatorToken()),
      409,
      'already-exists',
      '/id',
    );
  });

  it('refuses changes to a state that is not the present one', async () => {
    for (const tag of ['"9-1"', `W/${etag}`, '"never-ours"', '"99999999999999999999-1"', '"1-zzzzzzz"']) {
      for (const [method, body] of [['PATCH', { name: 'Evil' }], ['PUT', { ...TWIN, name: 'Evil' }], ['DELETE']] as const) {
        expectRefusal(
          await broker.api(method, twinPath(KEPT), body, city.token, { 'if-match': tag }),
          412,
          'precondition-failed',
          /If-Match/,
        );
      }
    }
    expectRefusal(
      await broker.api('PUT', twinPath(KEPT), TWIN, city.token, { 'if-none-match': '*' }),
      412,
      'precondition-failed',
      /If-None-Match/,
    );
    expectRefusal(await broker.api('PATCH', twinPath(KEPT), { name: 'Evil' }, city.token), 428, 'precondition-required', /If-Match/);
  });

  it.each(['garbage', '"', '1-1', '*, "1-1"', '"a" "b"'])('refuses the entity tag %s', async (tag) => {
    const headers = { 'if-match': tag };
    expectRefusal(await broker.api('PATCH', twinPath(KEPT), { name: 'Evil' }, city.token, headers), 400, 'validation-failed', /If-Match/);
    expectRefusal(await broker.api('DELETE', twinPath(KEPT), undefined, city.token, headers), 400, 'validation-failed', /If-Match/);
    expectRefusal(
      await broker.api('GET', twinPath(KEPT), undefined, city.token, { 'if-none-match': tag }),
      400,
      'validation-failed',
      /If-None-Match/,
    );
  });

  it.each([
    ['[]', ''],
    ['"A"', ''],
    ['null', ''],
    ['', ''],
    ['[{"op":"replace","path":"/name","value":"Evil"}]', ''],
    ['{"owner":"somebody"}', '/owner'],
    ['{"id":"urn:x:y"}', '/id'],
    ['{"version":9}', '/version'],
    ['{"status":"SUSPENDED"}', '/status'],
    ['{"name":null}', '/name'],
    ['{"name":"A\\u0000"}', '/name'],
    ['{"colour":"red"}', '/colour'],
    ['{"__proto__":{"owner":"somebody"}}', '/__proto__'],
    ['{"constructor":1}', '/constructor'],
    ['{"labels":{"a":5}}', '/labels/a'],
    ['{"lease":{"expiresAt":"2099-01-01T00:00:00Z"}}', '/lease/expiresAt'],
    ['{"coverage":{"area":{"type":"Point","coordinates":[181,0]}}}', '/coverage/area/coordinates/0'],
  ])('refuses the patch %s', async (patch, pointer) => {
    const headers = { 'if-match': '*', 'content-type': 'application/merge-patch+json' };
    const answer = await broker.api('PATCH', twinPath(KEPT), patch, city.token, headers);
    expectRefusal(answer, 400, patch.includes('\\u0000') ? 'malformed-message' : 'validation-failed', pointer);
  });
});
