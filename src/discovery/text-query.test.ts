import { correctableWords, readTextQuery, withCorrections } from './text-query.js';

describe('readTextQuery', () => {
  it('makes the last word a prefix', () => {
    expect(readTextQuery('Traffic flo')).toMatchObject({ webSearch: 'Traffic flo', prefix: "'traffic' & 'flo':*" });
  });

  it.each(['"traffic flow"', 'traffic -flow', 'traffic or flow', 'Traffic OR flow', '-flow'])('leaves %j to the web search', (text) => {
    expect(readTextQuery(text)?.prefix).toBeNull();
  });

  it('takes hyphens within words for words', () => {
    expect(readTextQuery('inner-city')?.prefix).toBe("'inner' & 'city':*");
  });

  it.each(['', ' ', "'", '&|!', '():*', '\u{1F600}'])('finds nothing to look for in %j', (text) => {
    expect(readTextQuery(text)).toBeUndefined();
  });

  it('keeps quotes and controls out of the prefix query', () => {
    expect(readTextQuery("a'b\u0000c\\def")?.prefix).toBe("'a' & 'b' & 'c' & 'def':*");
  });

  it('leaves out words that PostgreSQL would refuse', () => {
    expect(readTextQuery(`short ${'語'.repeat(400)}`)).toMatchObject({ webSearch: 'short', prefix: "'short':*" });
  });

  it('takes no beginning of a word of less than three letters', () => {
    expect(readTextQuery('traffic fl')?.prefix).toBe("'traffic' & 'fl'");
  });

  it('puts what was perhaps meant beside what was typed', () => {
    const query = readTextQuery('trafic 12 of Londn');
    if (!query) throw new Error('nothing to look for');
    expect(correctableWords(query)).toEqual(['trafic', 'londn']);
    expect(withCorrections(query, new Map([['trafic', ['traffic']]])).corrected).toBe(
      "('trafic' | 'traffic') & ('12') & ('of') & ('londn')",
    );
    expect(withCorrections(query, new Map([['trafic', []]])).corrected).toBeUndefined();
  });
});
