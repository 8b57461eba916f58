import type { Principal } from '../../src/security/principal.js';
import { TermDirectory } from '../../src/dictionary/term/term-directory.js';
import {
  aDictionary,
  aVocabulary,
  contentsOf,
  OPERATOR,
  PARKS,
  putTerm,
  ROADS,
  termPath,
  type TestDictionary,
  vocabularyPath,
} from './dictionary-fixture.js';

const URBAN = 'urn:twinfed:vocabulary:urban';
const SKOS = 'http://www.w3.org/2004/02/skos/core#';
const TURTLE = 'text/turtle';
const JSON_LD = 'application/ld+json';

interface Report {
  created: number;
  replaced: number;
  unchanged: number;
  unmapped: { place: string; detail: string }[];
}

describe('vocabularies as documents', () => {
  let dictionary: TestDictionary;
  beforeAll(async () => {
    dictionary = await aDictionary();
  });
  afterAll(() => dictionary.close());

  const send = (
    vocabulary: string,
    payload: string | object,
    {
      type = JSON_LD,
      query = '',
      by = ROADS,
      to = dictionary,
    }: { type?: string; query?: string; by?: Principal; to?: TestDictionary } = {},
  ) =>
    to.call(by, {
      method: 'POST',
      url: `${vocabularyPath(vocabulary)}/import${query}`,
      headers: { 'content-type': type },
      payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
    });
  const fetchAs = async (vocabulary: string, accept: string, query = '', from = dictionary) =>
    from.call(PARKS, { method: 'GET', url: `${vocabularyPath(vocabulary)}/export${query}`, headers: { accept } });

  it('gives back what it took: export, import elsewhere, export', async () => {
    const elsewhere = await aDictionary();
    await dictionary.database.query('SELECT 1');
    for (const [type, query] of [
      [TURTLE, ''],
      [JSON_LD, ''],
      [JSON_LD, '?as=context'],
    ] as const) {
      const first = await fetchAs(URBAN, type, query);
      expect(first.statusCode).toBe(200);
      expect(first.headers['content-type']).toContain(type);
      await elsewhere.database.query(`DELETE FROM term; `);
      await elsewhere.database.query(`DELETE FROM term_version; `);
      await elsewhere.database.query(`DELETE FROM term_relation; `);
      await elsewhere.database.query(`DELETE FROM term_name; `);
      await elsewhere.database.query(`UPDATE vocabulary SET content = '{"titles": {}, "descriptions": {}}'`);
      const taken = await send(URBAN, first.body, { type, by: OPERATOR, to: elsewhere });
      expect(taken.statusCode).toBe(200);
      expect(taken.json<Report>().created).toBeGreaterThan(100);
      expect(taken.json<Report>().unmapped.filter(({ detail }) => detail !== 'is a prefix')).toEqual([]);
      expect((await fetchAs(URBAN, type, query, elsewhere)).body).toBe(first.body);
      const again = await send(URBAN, first.body, { type, by: OPERATOR, to: elsewhere });
      expect(again.json()).toMatchObject({ created: 0, replaced: 0, vocabulary: 'unchanged' });
    }
    await elsewhere.close();
  });

  it('round-trips values with matches, deprecation, plain literals and alternatives', async () => {
    const vocabulary = await aVocabulary(dictionary);
    await putTerm(dictionary, vocabulary, 'state', {
      labels: { en: 'State "quoted" \\ <b>', und: 'plain' },
      alternativeLabels: { 'de-AT': ['b', 'a'] },
      valueType: 'enumeration',
      values: [
        { code: '1', labels: { en: 'one' }, exactMatch: [{ term: 'urn:x', code: 'eins' }], closeMatch: [{ term: 'urn:y', code: 'un' }] },
        { code: '2' },
      ],
      status: 'DEPRECATED',
      replacedBy: 'urn:x:new',
    });
    const before = (await dictionary.call(ROADS, { method: 'GET', url: termPath(`${vocabulary}:state`) })).json<{ version: number }>();
    for (const type of [TURTLE, JSON_LD]) {
      const { body } = await fetchAs(vocabulary, type);
      await putTerm(dictionary, vocabulary, 'state', { labels: { en: type } });
      expect((await send(vocabulary, body, { type })).json()).toMatchObject({ replaced: 1, unmapped: [] });
      const after = (await dictionary.call(ROADS, { method: 'GET', url: termPath(`${vocabulary}:state`) })).json<object>();
      expect({ ...after, version: 0, updatedAt: '' }).toEqual({ ...before, version: 0, updatedAt: '' });
    }
  });

  it('answers in the form that Accept asks for, or 406', async () => {
    const cases: [string, string][] = [['*/*', JSON_LD], ['text/*', TURTLE], ['application/ld+json;q=0.2, text/turtle;q=0.9', TURTLE], ['text/html, */*;q=0.1', JSON_LD]]; // prettier-ignore
    for (const [accept, type] of cases) expect((await fetchAs(URBAN, accept)).headers['content-type']).toContain(type);
    for (const accept of ['text/html', 'application/rdf+xml', 'text/turtle;q=0, application/ld+json;q=0', ';;,']) {
      expect([accept, (await fetchAs(URBAN, accept)).json<{ type: string }>().type]).toEqual([
        accept,
        'urn:twinfed:problem:not-acceptable',
      ]);
    }
    expect((await fetchAs(URBAN, TURTLE, '?as=context')).statusCode).toBe(406);
  });

  it('lists what it cannot keep, and only says so in a dry run', async () => {
    const vocabulary = await aVocabulary(dictionary);
    const turtle = `@prefix skos: <${SKOS}> . @prefix v: <${vocabulary}:> .
      v:a a skos:Concept ; skos:prefLabel "A"@en ; skos:scopeNote "note"@en ; skos:narrower v:b ; <urn:twinfed:dictionary:unit> "nonsense unit" .
      v:b a skos:Concept ; skos:prefLabel "B"@EN-gb, "Bee"@en-GB .
      <urn:elsewhere> a skos:Concept ; skos:inScheme <urn:other> ; skos:prefLabel "C"@en .
      <urn:thing> <urn:says> "something" .`;
    const before = await contentsOf(dictionary);
    const dry = (await send(vocabulary, turtle, { type: TURTLE, query: '?dryRun=true' })).json<Report>();
    expect(await contentsOf(dictionary)).toEqual(before);
    const done = (await send(vocabulary, turtle, { type: TURTLE })).json<Report>();
    expect({ ...done, dryRun: true }).toEqual(dry);
    expect(done.created).toBe(2);
    expect(done.unmapped.map(({ detail }) => detail).join('\n')).toMatch(/scheme/);
    const places = done.unmapped.map(({ place }) => place).join('\n');
    for (const part of ['scopeNote', '/unit', 'urn:elsewhere', 'urn:says', 'Bee']) expect(places).toContain(part);
    expect(await dictionary.get(TermDirectory).expand(`${vocabulary}:a`)).toEqual([`${vocabulary}:a`, `${vocabulary}:b`]);
  });

  it('takes names and types from a JSON-LD context, keeping what the terms said', async () => {
    const vocabulary = await aVocabulary(dictionary);
    await putTerm(dictionary, vocabulary, 'speed', { labels: { en: 'Speed' } });
    const context = {
      '@context': [
        'https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld',
        {
          xsd: 'http://www.w3.org/2001/XMLSchema#',
          v: `${vocabulary}:`,
          id: '@id',
          tempo: { '@id': 'v:speed', '@type': 'xsd:double' },
          since: { '@id': 'v:since', '@type': 'xsd:dateTime' },
          odd: { '@id': 'v:odd', '@type': 'xsd:hexBinary' },
          lost: 'nowhere:x y',
        },
      ],
    };
    const report = (await send(vocabulary, context)).json<Report>();
    expect(report).toMatchObject({ created: 2, replaced: 1 });
    expect(report.unmapped.map(({ place }) => place)).toEqual(
      expect.arrayContaining(['/@context/0', '/@context/id', '/@context/v', '/@context/odd/@type', '/@context/lost']),
    );
    expect((await dictionary.call(ROADS, { method: 'GET', url: termPath(`${vocabulary}:speed`) })).json()).toMatchObject({
      labels: { en: 'Speed' },
      notations: ['tempo'],
      valueType: 'number',
    });
  });

  it('refuses garbage, bombs and whatever needs fetching, and leaves nothing', async () => {
    const vocabulary = await aVocabulary(dictionary);
    await putTerm(dictionary, vocabulary, 'kept');
    const before = await contentsOf(dictionary);
    const concept = (parts: object) => ({
      '@context': { skos: SKOS },
      '@graph': [{ '@id': `${vocabulary}:x`, '@type': 'skos:Concept', 'skos:prefLabel': 'x', ...parts }],
    });
    const chain = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`t${index}`, `t${index + 1}:${'x'.repeat(50)}`]));
    const nested = `${'{"a":['.repeat(200)}1${']}'.repeat(200)}`;
    const cycle = `@prefix s: <${SKOS}> . <${vocabulary}:p> a s:Concept; s:notation "p"; s:broader <${vocabulary}:q> . <${vocabulary}:q> a s:Concept; s:notation "q"; s:broader <${vocabulary}:p> .`;
    const cases: [string, string | object, string, number][] = [
      ['Turtle garbage', 'this is <not turtle', TURTLE, 400],
      ['Turtle cut off', `<urn:a> <urn:b> "unfinished`, TURTLE, 400],
      ['Turtle not UTF-8', Buffer.from([0xff, 0xfe, 0x41]).toString('latin1'), TURTLE, 400],
      ['a cycle', cycle, TURTLE, 409],
      ['a bad language tag', `@prefix s: <${SKOS}> . <${vocabulary}:x> a s:Concept ; s:prefLabel "x"@abcdefghi .`, TURTLE, 400],
      ['too many triples', '<urn:a> <urn:b> 1,2,3,4,5,6,7,8,9,10 .\n'.repeat(10_100), TURTLE, 413],
      ['a huge document', ' '.repeat(4 * 1024 * 1024 + 1), TURTLE, 413],
      ['a remote context', { '@context': 'http://127.0.0.1:9/context.jsonld', '@id': 'urn:a' }, JSON_LD, 400],
      ['a remote import', { '@context': { '@version': 1.1, '@import': 'http://127.0.0.1:9/x' }, '@graph': [] }, JSON_LD, 400],
      ['a scoped context', { '@context': { a: { '@id': 'urn:a', '@context': 'http://127.0.0.1:9/x' } }, '@graph': [] }, JSON_LD, 400],
      ['a context within', { '@graph': [{ '@context': {}, '@id': 'urn:a' }] }, JSON_LD, 400],
      ['a chain of prefixes', { '@context': chain, '@graph': [] }, JSON_LD, 400],
      ['a cyclic context', { '@context': { a: 'b:x', b: 'a:x' }, '@graph': [] }, JSON_LD, 400],
      ['deep nesting', nested, JSON_LD, 400],
      ['very many values', `{"@graph":[${'1,'.repeat(250_000)}1]}`, JSON_LD, 413],
      ['no JSON', '{"@context": ', JSON_LD, 400],
      ['a scalar', '42', JSON_LD, 400],
      ['an empty body', '', JSON_LD, 400],
      ['a bad notation', concept({ 'skos:notation': 'a\u0007b' }), JSON_LD, 400],
      ['another type', 'x', 'application/rdf+xml', 415],
    ];
    for (const [name, payload, type, status] of cases) {
      const refused = await send(vocabulary, payload, { type });
      expect([name, refused.statusCode]).toEqual([name, status]);
    }
    const stranger = await dictionary.call(PARKS, {
      method: 'POST',
      url: `${vocabularyPath(vocabulary)}/import`,
      headers: { 'content-type': TURTLE },
      payload: cycle,
    });
    expect(stranger.statusCode).toBe(403);
    expect(await contentsOf(dictionary)).toEqual(before);
  });
});
