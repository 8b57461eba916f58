import { findUnstorable } from './storable-json.js';

describe('findUnstorable', () => {
  it('finds nothing in an ordinary document', () => {
    expect(findUnstorable({ a: [1, 'é😀', null, true, { '~/': -0 }] })).toBeUndefined();
  });

  it.each([
    [{ a: ['x', 'y\0z'] }, '/a/1', /U\+0000/],
    [{ a: '\ud800' }, '/a', /surrogate/],
    [{ a: { '~b/c': JSON.parse('1e999') as number } }, '/a/~0b~1c', /finite/],
    [{ a: { 'k\0': 1 } }, '/a', /name.*U\+0000/],
    [{ '\udc00': 1 }, '', /name.*surrogate/],
  ])('names the place in %j', (value, pointer, detail) => {
    expect(findUnstorable(value)).toEqual({ pointer, detail: expect.stringMatching(detail) as string });
  });

  it('survives and refuses endless nesting', () => {
    let nested: unknown = 1;
    for (let i = 0; i < 200_000; i++) nested = [nested];
    expect(findUnstorable({ a: nested })?.detail).toMatch(/nested more than/);
  });
});
