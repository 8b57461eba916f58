import { URBAN_TERMS } from '../../src/dictionary/builtin/urban-vocabulary.js';
import { aDictionary, aVocabulary, contentsOf, putTerm, ROADS, termPath, type TestDictionary } from './dictionary-fixture.js';

const URBAN = 'urn:twinfed:vocabulary:urban';

describe('bad input to the dictionary', () => {
  let dictionary: TestDictionary;
  beforeAll(async () => {
    dictionary = await aDictionary();
  });
  afterAll(() => dictionary.close());

  it('refuses bad terms by place, and leaves nothing', async () => {
    const vocabulary = await aVocabulary(dictionary);
    const before = await contentsOf(dictionary);
    const cases: [object, string][] = [
      [{ labels: { en_US: 'x' } }, '/labels/en_US'],
      [{ labels: { 'x-mine': 'x' } }, '/labels/x-mine'],
      [{ labels: { en: 'x', EN: 'y' } }, '/labels/EN'],
      [{ labels: { en: '' } }, '/labels/en'],
      [{ labels: { en: 'a\nb' } }, '/labels/en'],
      [{ labels: {}, notations: [] }, '/labels'],
      [{ definitions: { en: 'x'.repeat(4_001) } }, '/definitions/en'],
      [{ unit: 'furlongs per fortnight' }, '/unit'],
      [{ unit: 'km', valueType: 'string' }, '/unit'],
      [{ valueType: 'float' }, '/valueType'],
      [{ values: [{ code: '1' }] }, '/values'],
      [{ valueType: 'enumeration', values: [{ code: '1' }, { code: '1' }] }, '/values/1/code'],
      [{ valueType: 'enumeration', values: [{ code: '1', exactMatch: ['x'] }] }, '/values/0/exactMatch/0'],
      [{ broader: ['not a uri'] }, '/broader/0'],
      [{ broader: [`${vocabulary}:bad`] }, '/broader'],
      [{ exactMatch: ['urn:x'], closeMatch: ['urn:x'] }, '/closeMatch'],
      [{ replacedBy: 'urn:x' }, '/replacedBy'],
      [{ surprise: true }, '/surprise'],
      [{ exactMatch: Array.from({ length: 201 }, (_, index) => `urn:x:${index}`) }, '/exactMatch'],
    ];
    for (const [parts, pointer] of cases) {
      const refused = await putTerm(dictionary, vocabulary, 'bad', parts);
      expect({ parts, status: refused.statusCode, pointer: refused.json<{ pointer: string }>().pointer }).toEqual({
        parts,
        status: 400,
        pointer,
      });
    }
    const large = {
      definitions: Object.fromEntries(
        [
          'en',
          'de',
          'fr',
          'es',
          'it',
          'nl',
          'pl',
          'sv',
          'da',
          'fi',
          'el',
          'cs',
          'sk',
          'sl',
          'hu',
          'ro',
          'bg',
          'hr',
          'lt',
          'lv',
          'et',
          'mt',
          'ga',
          'pt',
          'no',
          'is',
          'ja',
          'ko',
          'zh',
          'ar',
          'he',
          'tr',
          'uk',
          'ru',
        ].map((tag) => [tag, 'x'.repeat(4_000)]),
      ),
    };
    expect((await putTerm(dictionary, vocabulary, 'bad', large)).statusCode).toBe(413);
    expect(
      (await dictionary.call(ROADS, { method: 'PUT', url: termPath('no%20uri'), payload: { vocabulary, labels: { en: 'x' } } })).statusCode,
    ).toBe(400);
    expect(await contentsOf(dictionary)).toEqual(before);
  });

  it('pages without skipping, and refuses cursors that are not its own', async () => {
    const list = async (query: string) =>
      dictionary.call(ROADS, { method: 'GET', url: `/v1/dictionary/terms?vocabulary=${URBAN}&${query}` });
    const seen: string[] = [];
    for (let next: string | undefined = ''; next !== undefined;) {
      const page: { items: { iri: string }[]; next?: string } = (await list(`limit=50${next === '' ? '' : `&cursor=${next}`}`)).json();
      seen.push(...page.items.map(({ iri }) => iri));
      next = page.next;
    }
    expect(seen).toEqual(URBAN_TERMS.map(({ iri }) => iri).sort());
    const { next } = (await list('limit=1')).json<{ next: string }>();
    for (const query of [
      `cursor=${next.slice(1)}`,
      `cursor=${next}&status=ACTIVE`,
      'cursor=a.b',
      'language=en_US',
      'limit=0',
      'vocabulary=x',
    ]) {
      expect([query, (await list(query)).statusCode]).toEqual([query, 400]);
    }
  });
});
