import { parseTwinId, type TwinId } from '../../kernel/ids.js';
import type { Edge } from './composition-graph.js';
import { coveredBy, flattenParts } from './edge-walk.js';

const twin = (name: string): TwinId => parseTwinId(`urn:t:${name}`);
const edges = (...pairs: string[]): Edge[] =>
  pairs.map((pair) => {
    const [whole = '', part = ''] = pair.split('>');
    return { whole: twin(whole), part: twin(part) };
  });
const flat = (given: Edge[], wholes: string[], limit = 100) => {
  const { parts, isCut } = flattenParts(given, wholes.map(twin), limit);
  const shown = [...parts].map(([whole, each]) => [
    whole,
    each.map(({ id, partOf, depth }) => `${depth} ${partOf}>${id}`.replaceAll('urn:t:', '')),
  ]);
  return { parts: Object.fromEntries(shown) as Record<string, string[]>, isCut };
};

describe('parts of aggregated twins', () => {
  it('are told level by level, each once and where it is nearest', () => {
    const diamond = edges('a>c', 'a>b', 'b>d', 'c>d', 'd>e', 'b>c');
    expect(flat(diamond, ['a'])).toEqual({ parts: { 'urn:t:a': ['1 a>b', '1 a>c', '2 b>d', '3 d>e'] }, isCut: false });
  });

  it('belong to every whole that they are parts of, up to the limit of all together', () => {
    const shared = edges('a>x', 'b>x', 'b>y');
    expect(flat(shared, ['a', 'b'])).toEqual({ parts: { 'urn:t:a': ['1 a>x'], 'urn:t:b': ['1 b>x', '1 b>y'] }, isCut: false });
    expect(flat(shared, ['a', 'b'], 3).isCut).toBe(false);
    expect(flat(shared, ['a', 'b'], 2)).toEqual({ parts: { 'urn:t:a': ['1 a>x'], 'urn:t:b': ['1 b>x'] }, isCut: true });
  });

  it('end where a circle closes', () => {
    expect(flat(edges('a>b', 'b>a'), ['a']).parts).toEqual({ 'urn:t:a': ['1 a>b'] });
    expect([...coveredBy(edges('a>b', 'b>a'), [twin('b')], new Set([twin('a')]))]).toEqual([twin('b')]);
  });
});

describe('covered twins', () => {
  it('are those beneath a top, on any level, and not the top itself', () => {
    const given = edges('a>b', 'b>c', 'x>d');
    expect([...coveredBy(given, ['a', 'c', 'd'].map(twin), new Set([twin('a')]))]).toEqual([twin('c')]);
    expect(coveredBy(given, ['a', 'c', 'd'].map(twin), new Set()).size).toBe(0);
  });
});
