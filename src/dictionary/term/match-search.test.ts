import { MAX_EXPANSION, searchMatches } from './match-search.js';
import type { TermRelation } from './term.repository.js';

const relation = (text: string): TermRelation => {
  const [term = '', kind = '', target = ''] = text.split(' ');
  return { term, kind: kind as TermRelation['kind'], target };
};

/** A reader over relations in memory, as the database's. */
const over =
  (...relations: readonly string[]) =>
  (iris: readonly string[]): Promise<TermRelation[]> =>
    Promise.resolve(relations.map(relation).filter(({ term, target }) => iris.includes(term) || iris.includes(target)));

const found = async (iri: string, relations: readonly string[], options = {}): Promise<string[]> =>
  (await searchMatches(iri, over(...relations), options)).matches.map((match) => `${match.quality} ${match.iri}`);

describe('searchMatches', () => {
  it('follows exact matches either way and onwards, through terms that are not known, and ends in cycles', async () => {
    const relations = ['a exactMatch x', 'b exactMatch x', 'b exactMatch c', 'c exactMatch a'];
    expect(await found('a', relations)).toEqual(['self a', 'exact x', 'exact c', 'exact b']);
  });

  it('goes down to narrower terms and their equals, never up', async () => {
    const relations = ['b broader a', 'c broader b', 'c exactMatch d', 'a broader top'];
    expect(await found('a', relations)).toEqual(['self a', 'narrower b', 'narrower c', 'narrower d']);
    expect(await found('a', relations, { narrower: false })).toEqual(['self a']);
    expect(await found('c', relations)).toEqual(['self c', 'exact d']);
  });

  it('takes one close step only, and nothing narrower after it', async () => {
    const relations = ['a closeMatch b', 'b closeMatch c', 'd broader b', 'b exactMatch e', 'f closeMatch a'];
    expect(await found('a', relations)).toEqual(['self a']);
    expect(await found('a', relations, { close: true })).toEqual(['self a', 'close b', 'close f', 'close e']);
  });

  it('leads from a deprecated term to its replacement and back', async () => {
    expect(await found('old', ['old replacedBy new'])).toEqual(['self old', 'exact new']);
    expect(await found('new', ['old replacedBy new'])).toEqual(['self new', 'exact old']);
  });

  it('explains each by the best path, then the shortest', async () => {
    const { matches } = await searchMatches('a', over('a closeMatch b', 'b broader a', 'b exactMatch c', 'c exactMatch a'), {
      close: true,
    });
    expect(matches.find(({ iri }) => iri === 'b')).toEqual({
      iri: 'b',
      quality: 'exact',
      path: [
        { from: 'a', kind: 'exactMatch', to: 'c', statedBy: 'c' },
        { from: 'c', kind: 'exactMatch', to: 'b', statedBy: 'b' },
      ],
    });
  });

  it('stops at its limits and says so', async () => {
    const wide = Array.from({ length: MAX_EXPANSION + 10 }, (_, index) => `n${index} broader a`);
    const search = await searchMatches('a', over(...wide));
    expect([search.matches.length, search.complete]).toEqual([MAX_EXPANSION, false]);
    const deep = Array.from({ length: 50 }, (_, index) => `n${index + 1} broader n${index}`);
    const down = await searchMatches('n0', over(...deep));
    expect([down.matches.length, down.complete]).toEqual([33, false]);
  });
});
