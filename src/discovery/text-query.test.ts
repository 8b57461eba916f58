import { readTextQuery } from './text-query.js';

describe('readTextQuery', () => {
  it('makes the last word a prefix', () => {
    expect(readTextQuery('Traffic flo')).toEqual({ webSearch: 'Traffic flo', prefix: "'traffic' & 'flo':*" });
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
    expect(readTextQuery("a'b\u0000c\\d")?.prefix).toBe("'a' & 'b' & 'c' & 'd':*");
  });

  it('leaves out words that PostgreSQL would refuse', () => {
    expect(readTextQuery(`short ${'語'.repeat(400)}`)).toEqual({ webSearch: 'short', prefix: "'short':*" });
  });
});
