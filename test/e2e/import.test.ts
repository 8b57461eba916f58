import { IMPORT_EXAMPLES, THING_EXAMPLE } from '../../src/registry/import/dto/examples.js';
import { expectRefusal, registryOf, twinPath } from './support/refusals.js';
import { RunningBroker, type TestOrganization } from './support/running-broker.js';

// A broker starts and stops here: that takes seconds, and more on a busy machine.

interface Outcome {
  format: string;
  change: string;
  twin: { id: string; version: number; features: { name: string; semanticType?: string; unit?: string }[] };
  unmapped: { pointer: string; reason: string }[];
  unmappedTotal: number;
}

const PATH = '/v1/twins/import';

describe('import over HTTP', () => {
  let broker: RunningBroker;
  let city: TestOrganization;
  let rival: TestOrganization;
  beforeAll(async () => {
    broker = await RunningBroker.start();
    city = await broker.createOrganization();
    rival = await broker.createOrganization();
  });
  afterAll(() => broker.close());

  const post = <T = Outcome>(body: unknown, query = '', type = 'application/json', token = city.token) =>
    broker.api<T>('POST', `${PATH}${query}`, body, token, { 'content-type': type });

  it.each(Object.entries(IMPORT_EXAMPLES))('takes the example %s of the API description, twice', async (_name, { value }) => {
    for (const round of [1, 2]) {
      const { status, body } = await post<Outcome & { items: unknown[] }>(value);
      expect({ round, status, body }).toMatchObject({ round, status: expect.any(Number) as number });
      expect([200, 201]).toContain(status);
      if (round === 2 && !Array.isArray(value)) expect(body.change).toBe('unchanged');
    }
  });

  it('returns the document in its own bytes, under its own content type, to whoever may see the twin', async () => {
    const text = `${JSON.stringify({ ...THING_EXAMPLE, id: 'urn:test:verbatim' }, null, 4)}\n\n`.replace('tunnel', 't\\u0075nnel');
    const { status, headers } = await post(text, '', 'application/td+json; charset=utf-8');
    expect([status, headers.get('location')]).toEqual([201, twinPath('urn:test:verbatim')]);
    const url = `${broker.url}${twinPath('urn:test:verbatim', '/source')}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${city.token}` } });
    expect([answer.headers.get('content-type'), await answer.text()]).toEqual(['application/td+json', text]);
    expectRefusal(await broker.api('GET', twinPath('urn:test:verbatim', '/source'), undefined, rival.token), 404, 'not-found');
    await post(text, '?access=listed');
    expect((await broker.api('GET', twinPath('urn:test:verbatim', '/source'), undefined, rival.token)).status).toBe(200);
  });

  it('tells about the document, and that the twin was edited since', async () => {
    await post({ ...THING_EXAMPLE, id: 'urn:test:edited' });
    const about = async () => (await broker.api('GET', twinPath('urn:test:edited', '/source/about'), undefined, city.token)).body;
    expect(await about()).toMatchObject({
      format: 'td',
      version: 1,
      editedSince: false,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    const headers = { 'content-type': 'application/merge-patch+json', 'if-match': '*' };
    await broker.api('PATCH', twinPath('urn:test:edited'), { description: 'By hand.' }, city.token, headers);
    expect(await about()).toMatchObject({ version: 1, editedSince: true });
    await broker.api('DELETE', twinPath('urn:test:edited'), undefined, city.token);
    expectRefusal(await broker.api('GET', twinPath('urn:test:edited', '/source'), undefined, city.token), 404, 'not-found');
  });

  it('answers an array item by item', async () => {
    const { status, body } = await post<{ items: { id?: string; status: number; problem?: { pointer: string } }[] }>([
      { ...THING_EXAMPLE, id: 'urn:test:item:1' },
      { hello: 'world' },
      { ...THING_EXAMPLE, id: 'urn:test:item:2', base: 'https://user:secret@example.org/' },
    ]);
    expect(status).toBe(207);
    expect(body.items.map(({ id, status: own, problem }) => [id, own, problem?.pointer])).toEqual([
      ['urn:test:item:1', 201, undefined],
      [undefined, 400, '/1'],
      [undefined, 400, '/2/base'],
    ]);
  });

  const thing = (parts: object): unknown => ({ ...THING_EXAMPLE, id: 'urn:test:never', ...parts });
  const DEEP = 5_000;
  it.each<[what: string, body: unknown, query: string, http: number, code: string, place?: string | RegExp]>([
    ['JSON of no known kind', { hello: 'world' }, '', 400, 'validation-failed', ''],
    ['a profile', { name: 'A', domain: 'traffic' }, '', 400, 'validation-failed', /no known kind/],
    ['a text', '"hello"', '', 400, 'validation-failed', ''],
    ['a document of another format than stated', THING_EXAMPLE, '?format=dtdl', 400, 'validation-failed', '/@type'],
    ['an unknown format', THING_EXAMPLE, '?format=xml', 400, 'validation-failed', '/format'],
    ['an unknown option', THING_EXAMPLE, '?colour=red', 400, 'validation-failed', '/colour'],
    ['a domain that is none', THING_EXAMPLE, '?domain=X', 400, 'validation-failed', '/domain'],
    ['a lease that is none', THING_EXAMPLE, '?lease=soon', 400, 'validation-failed', '/lease'],
    ['an id that is none', THING_EXAMPLE, '?id=a%20b', 400, 'validation-failed', '/id'],
    ['a dry run that is neither', THING_EXAMPLE, '?dryRun=perhaps', 400, 'validation-failed', '/dryRun'],
    ['an id for an array', [THING_EXAMPLE], '?id=urn:test:never', 400, 'validation-failed', '/id'],
    ['an empty array', [], '', 400, 'validation-failed', ''],
    ['more than 1,000', Array.from({ length: 1001 }, () => 1), '', 413, 'payload-too-large'],
    ['a document over 1 MB', thing({ note: 'x'.repeat(1_048_576) }), '', 413, 'payload-too-large'],
    ['half a document', '{"id":', '', 400, 'malformed-message'],
    ['nothing', '', '', 400, 'malformed-message'],
    ['a member twice', '{"id":"urn:a:1","id":"urn:a:2","type":"Road"}', '', 400, 'malformed-message', '/id'],
    ['nesting without end', `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`, '', 400, 'malformed-message', /deeper/],
    ['U+0000', '{"id":"urn:a:1","type":"Road","a":"\\u0000"}', '', 400, 'malformed-message', '/a'],
    ['half of a surrogate pair', '{"id":"urn:a:1","type":"Road","a":"\\ud800"}', '', 400, 'malformed-message', '/a'],
    ['a credential', thing({ base: 'https://user:secret@example.org/' }), '', 400, 'validation-failed', '/base'],
    ['affordances that are a list', thing({ properties: [] }), '', 400, 'validation-failed', '/properties'],
  ])('refuses %s, and nothing is left behind', async (_what, ...[body, query, http, code, place]) => {
    const before = await registryOf(broker, city);
    expectRefusal(await post<unknown>(body, query), http, code, place);
    expect(await registryOf(broker, city)).toBe(before);
  });

  it('refuses what is no JSON by its content type', async () => {
    expectRefusal(await post<unknown>('<td/>', '', 'application/xml'), 415, 'unsupported-media-type');
  });

  it('takes what is odd but harmless, and lists what it could not map', async () => {
    const properties = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`p${index}`, {}]));
    const wide = await post({ ...THING_EXAMPLE, id: 'urn:test:wide', properties });
    expect([wide.status, wide.body.twin.features.length, wide.body.unmapped.length, wide.body.unmappedTotal > 19_000]).toEqual([
      201,
      200,
      500,
      true,
    ]);
    const odd = '{"id":"urn:test:odd","type":"Road","__proto__":{"value":1},"constructor":{"value":{"__proto__":2,"a":3}},"toString":null}';
    const { status, body } = await post(odd);
    expect([status, body.twin.features.map(({ name }) => name)]).toEqual([201, ['proto__', 'constructor', 'toString']]);
  });
});
