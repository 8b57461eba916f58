import { TermDirectory } from '../../src/dictionary/term/term-directory.js';
import { URBAN_TERMS } from '../../src/dictionary/builtin/urban-vocabulary.js';
import {
  aDictionary,
  aVocabulary,
  OPERATOR,
  PARKS,
  putTerm,
  ROADS,
  termPath,
  type TestDictionary,
  twinOf,
  vocabularyPath,
} from './dictionary-fixture.js';

const URBAN = 'urn:twinfed:vocabulary:urban';
const SDM = 'https://smartdatamodels.org/dataModel.Transportation/';

describe('the dictionary', () => {
  let dictionary: TestDictionary;
  beforeAll(async () => {
    dictionary = await aDictionary();
  });
  afterAll(() => dictionary.close());

  describe('built in', () => {
    it('is there once after several brokers started together', async () => {
      const others = await Promise.all([dictionary.another(), dictionary.another(), dictionary.another()]);
      const [row] = await dictionary.database.query<{ terms: number; versions: number }>(
        'SELECT count(*)::integer AS terms, max(version) AS versions FROM term WHERE vocabulary = $1',
        [URBAN],
      );
      expect(row).toEqual({ terms: URBAN_TERMS.length, versions: 1 });
      for (const other of others) await other.close();
    });

    it('matches vehicleSpeed, averageVehicleSpeed and speed by name with one another', async () => {
      const directory = dictionary.get(TermDirectory);
      const names = ['vehicleSpeed', 'averageVehicleSpeed', 'speed'];
      for (const name of names) {
        const found = await directory.resolve(name);
        const expanded = new Set((await Promise.all(found.map((iri) => directory.expand(iri, { close: true })))).flat());
        for (const other of names) expect(expanded).toContain(`${URBAN}:${other}`);
        expect(expanded).toContain(`${SDM}speed`);
        expect(expanded).toContain(`${SDM}averageVehicleSpeed`);
        if (name !== 'speed') expect(expanded).not.toContain(`${URBAN}:windSpeed`);
      }
      expect(await directory.expand(`${URBAN}:vehicleSpeed`)).toEqual(
        expect.arrayContaining([`${URBAN}:averageVehicleSpeed`, `${SDM}speed`]),
      );
      expect(await directory.expand(`${SDM}averageVehicleSpeed`)).toEqual(
        expect.arrayContaining([
          `${URBAN}:averageVehicleSpeed`,
          'dtmi:digitaltwins:ngsi_ld:city:TrafficFlowObserved:_contents:__averageVehicleSpeed;1',
        ]),
      );
      expect(await directory.expand(`${SDM}averageVehicleSpeed`)).not.toContain(`${URBAN}:vehicleSpeed`);
    });

    it('is changed by operators only, who may grant it', async () => {
      const change = {
        method: 'PATCH' as const,
        url: termPath(`${URBAN}:area`),
        payload: { labels: { it: 'superficie' } },
        headers: { 'if-match': '*' },
      };
      expect((await dictionary.call(ROADS, change)).statusCode).toBe(403);
      expect((await dictionary.call(OPERATOR, change)).json()).toMatchObject({ version: 2, labels: { it: 'superficie' } });
    });
  });

  it('keeps every version of a term and finds it by label, language and notation', async () => {
    const vocabulary = await aVocabulary(dictionary);
    const iri = `${vocabulary}:tempo`;
    const made = await putTerm(dictionary, vocabulary, 'tempo', {
      labels: { 'DE-de': 'Reisetempo 50%', en: 'pace' },
      notations: ['TMP'],
      valueType: 'number',
      unit: 'km/h',
    });
    expect(made.statusCode).toBe(201);
    expect(made.headers.etag).toBe('"1-1"');
    expect(made.json()).toMatchObject({ labels: { 'de-DE': 'Reisetempo 50%' }, unit: 'km/h', version: 1 });
    const same = await dictionary.call(ROADS, {
      method: 'PUT',
      url: termPath(iri),
      payload: { vocabulary, labels: { 'de-DE': 'Reisetempo 50%', en: 'pace' }, notations: ['TMP'], valueType: 'number', unit: 'km/h' },
    });
    expect([same.statusCode, same.json<{ version: number }>().version]).toEqual([200, 1]);
    const stale = await dictionary.call(ROADS, {
      method: 'PATCH',
      url: termPath(iri),
      payload: { unit: 'm/s' },
      headers: { 'if-match': '"7-1"' },
    });
    expect(stale.statusCode).toBe(412);
    const patched = await dictionary.call(ROADS, {
      method: 'PATCH',
      url: termPath(iri),
      payload: { unit: 'm/s' },
      headers: { 'if-match': '"1-1"' },
    });
    expect(patched.json()).toMatchObject({ unit: 'm/s', version: 2 });
    const versions = await dictionary.call(PARKS, { method: 'GET', url: `${termPath(iri)}/versions` });
    expect(versions.json()).toMatchObject({
      items: [
        { version: 2, changedBy: 'org_roads' },
        { version: 1, content: { unit: 'km/h' } },
      ],
    });
    expect((await dictionary.call(PARKS, { method: 'GET', url: `${termPath(iri)}/versions/1` })).json()).toMatchObject({
      content: { unit: 'km/h' },
    });

    const found = async (query: string): Promise<string[]> => {
      const answer = await dictionary.call(PARKS, { method: 'GET', url: `/v1/dictionary/terms?vocabulary=${vocabulary}&${query}` });
      return answer.json<{ items: { iri: string }[] }>().items.map((item) => item.iri);
    };
    expect(await found('label=TEMPO%2050%25&language=de')).toEqual([iri]);
    expect(await found('label=tempo&language=en')).toEqual([]);
    expect(await found('label=%25')).toEqual([iri]);
    expect(await found('name=tmp')).toEqual([iri]);
    expect(await found('name=tempo')).toEqual([iri]);
    expect(await dictionary.get(TermDirectory).resolve('PACE')).toEqual([iri]);
  });

  it('lets only the steward change, and hands the right over', async () => {
    const vocabulary = await aVocabulary(dictionary);
    expect((await putTerm(dictionary, vocabulary, 'a', {}, PARKS)).statusCode).toBe(403);
    expect((await putTerm(dictionary, vocabulary, 'a', {}, twinOf('roads'))).statusCode).toBe(403);
    const steward = { method: 'PUT' as const, url: `${vocabularyPath(vocabulary)}/steward`, payload: { organization: 'parks' } };
    expect((await dictionary.call(PARKS, steward)).statusCode).toBe(403);
    expect((await dictionary.call(ROADS, steward)).statusCode).toBe(404);
    await dictionary.database.query(
      `INSERT INTO organization (id, name, status) VALUES ('parks', 'Parks', 'ACTIVE') ON CONFLICT DO NOTHING`,
    );
    expect((await dictionary.call(OPERATOR, steward)).json()).toMatchObject({ steward: 'parks', version: 2 });
    expect((await putTerm(dictionary, vocabulary, 'a', {}, ROADS)).statusCode).toBe(403);
    expect((await putTerm(dictionary, vocabulary, 'a', {}, PARKS)).statusCode).toBe(201);
    const audited = await dictionary.database.query<{ entry: string }>(`SELECT entry FROM audit_entry WHERE chain = 'parks'`);
    expect(audited.map(({ entry }) => (JSON.parse(entry) as { action: string }).action)).toEqual(['vocabulary.taken-over', 'term.create']);
  });

  it('guards namespaces: its own, other vocabularies’, and terms of others', async () => {
    const mine = await aVocabulary(dictionary);
    const theirs = await aVocabulary(dictionary, PARKS);
    const put = (iri: string) =>
      dictionary.call(ROADS, { method: 'PUT', url: termPath(iri), payload: { vocabulary: mine, labels: { en: 'x' } } });
    expect((await put(`${theirs}:x`)).statusCode).toBe(403);
    expect((await put('urn:twinfed:vocabulary:urban:mine')).statusCode).toBe(403);
    expect((await put('urn:twinfed:free')).statusCode).toBe(403);
    expect((await put(`${theirs}0`)).statusCode).toBe(201);
    const inside = { method: 'POST' as const, url: '/v1/dictionary/vocabularies', payload: { id: `${theirs}/inner` } };
    expect((await dictionary.call(ROADS, inside)).statusCode).toBe(403);
  });

  it('deprecates a term with its replacement, and removes one that nobody refers to', async () => {
    const vocabulary = await aVocabulary(dictionary);
    await putTerm(dictionary, vocabulary, 'old');
    await putTerm(dictionary, vocabulary, 'new', { broader: [`${vocabulary}:old`] });
    const url = termPath(`${vocabulary}:old`);
    expect((await dictionary.call(ROADS, { method: 'DELETE', url: `${url}?remove=true` })).json()).toMatchObject({
      referrers: [`${vocabulary}:new`],
    });
    await putTerm(dictionary, vocabulary, 'new');
    const gone = await dictionary.call(ROADS, { method: 'DELETE', url: `${url}?replacedBy=${encodeURIComponent(`${vocabulary}:new`)}` });
    expect(gone.json()).toMatchObject({ status: 'DEPRECATED', replacedBy: `${vocabulary}:new`, version: 2 });
    expect(await dictionary.get(TermDirectory).expand(`${vocabulary}:new`)).toContain(`${vocabulary}:old`);
    expect((await dictionary.call(ROADS, { method: 'DELETE', url: vocabularyPath(vocabulary) })).statusCode).toBe(409);
    for (const name of ['old', 'new']) {
      expect((await dictionary.call(ROADS, { method: 'DELETE', url: `${termPath(`${vocabulary}:${name}`)}?remove=true` })).statusCode).toBe(
        204,
      );
    }
    expect((await dictionary.call(ROADS, { method: 'GET', url })).statusCode).toBe(404);
    expect((await dictionary.call(ROADS, { method: 'GET', url: `${url}/versions` })).json()).toMatchObject({
      items: [{ status: 'REMOVED', version: 3 }, {}, {}],
    });
    expect((await putTerm(dictionary, vocabulary, 'old')).json()).toMatchObject({ version: 4 });
    await dictionary.call(ROADS, { method: 'DELETE', url: `${url}?remove=true` });
    expect((await dictionary.call(ROADS, { method: 'DELETE', url: vocabularyPath(vocabulary) })).statusCode).toBe(204);
  });

  it('refuses cycles of broader terms, also those that two writers close together', async () => {
    const vocabulary = await aVocabulary(dictionary);
    const iri = (name: string): string => `${vocabulary}:${name}`;
    for (const name of ['a', 'b', 'c']) await putTerm(dictionary, vocabulary, name);
    await putTerm(dictionary, vocabulary, 'a', { broader: [iri('b')] });
    await putTerm(dictionary, vocabulary, 'b', { broader: [iri('c')] });
    const closing = await putTerm(dictionary, vocabulary, 'c', { broader: [iri('a')] });
    expect([closing.statusCode, closing.json<{ pointer: string }>().pointer]).toEqual([409, '/broader']);
    expect((await dictionary.call(ROADS, { method: 'GET', url: termPath(iri('c')) })).json()).toMatchObject({
      version: 1,
      broader: [],
      narrower: [iri('b')],
    });
    const other = await dictionary.another();
    const both = await Promise.all([
      putTerm(dictionary, vocabulary, 'x', { broader: [iri('y')] }),
      putTerm(other, vocabulary, 'y', { broader: [iri('x')] }),
    ]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409]);
    await other.close();
  });

  it('forgets what it knew when another broker changes a term', async () => {
    const vocabulary = await aVocabulary(dictionary);
    const other = await dictionary.another();
    const directory = other.get(TermDirectory);
    await putTerm(dictionary, vocabulary, 'a');
    expect(await directory.expand(`${vocabulary}:a`)).toEqual([`${vocabulary}:a`]);
    await putTerm(dictionary, vocabulary, 'b', { exactMatch: [`${vocabulary}:a`] });
    const deadline = Date.now() + 10_000;
    let expanded = await directory.expand(`${vocabulary}:a`);
    while (expanded.length < 2 && Date.now() < deadline) {
      await new Promise((resolve) => setImmediate(resolve));
      expanded = await directory.expand(`${vocabulary}:a`);
    }
    expect(expanded).toEqual([`${vocabulary}:a`, `${vocabulary}:b`]);
    await other.close();
  });
});
