import { findOnCycle, MAX_LEVELS, refuseCycles } from './hierarchy.js';

const edges = (...pairs: string[]): { term: string; target: string }[] =>
  pairs.map((pair) => ({ term: pair.charAt(0), target: pair.charAt(1) }));

describe('the hierarchy of broader terms', () => {
  it('has no cycle where several ways lead up', () => {
    expect(findOnCycle(edges('ab', 'ac', 'bd', 'cd', 'de'))).toBeUndefined();
  });

  it('is caught on a cycle, not below it', () => {
    expect(['b', 'c']).toContain(findOnCycle(edges('ab', 'bc', 'cb', 'cd')));
    expect(findOnCycle(edges('aa'))).toBe('a');
  });

  it('is refused beyond its levels', async () => {
    const chain = (iris: readonly string[]): Promise<{ term: string; target: string }[]> =>
      Promise.resolve(iris.map((iri) => ({ term: iri, target: String(Number(iri) + 1) })));
    await expect(refuseCycles(['0'], chain)).rejects.toMatchObject({
      code: 'state-conflict',
      detail: expect.stringContaining(String(MAX_LEVELS)) as string,
    });
  });
});
