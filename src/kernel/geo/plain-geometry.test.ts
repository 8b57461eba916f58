import fc from 'fast-check';
import { parseGeometry } from './geometry-parser.js';
import { readPlainGeometry } from './plain-geometry.js';

const polygon = (ring: readonly (readonly number[])[]): object => ({ type: 'Polygon', coordinates: [[...ring, ring[0] ?? []]] });

describe('the short cut for plain geometries', () => {
  it('takes points, and rings of either direction', () => {
    expect(readPlainGeometry({ type: 'Point', coordinates: [180, -90] })).toEqual({ type: 'Point', coordinates: [180, -90] });
    const square = polygon([[0, 0], [1, 0], [1, 1], [0, 1]]); // prettier-ignore
    expect(readPlainGeometry(square)).toEqual(square);
    const clockwise = polygon([[0, 0], [0, 1], [1, 1], [1, 0]]); // prettier-ignore
    expect(readPlainGeometry(clockwise)).toEqual(parseGeometry(clockwise));
    const hook = polygon([[0, 0], [9, 0], [9, 9], [0, 9], [0, 8], [8, 8], [8, 1], [0, 1]]); // prettier-ignore
    expect(readPlainGeometry(hook)).toEqual(hook);
  });

  it.each([
    { type: 'Point', coordinates: [181, 0] },
    { type: 'Point', coordinates: [0, -0] },
    { type: 'Point', coordinates: [1e-30, 0] },
    { type: 'Point', coordinates: [Infinity, 0] },
    { type: 'Point', coordinates: [1, 2, 3] },
    { type: 'Point', coordinates: ['1', 2] },
    { type: 'Point', coordinates: [1, 2], bbox: [1, 2, 1, 2] },
    { type: 'Polygon', coordinates: [] },
    polygon([[0, 0], [1, 1], [1, 0], [0, 1]]), // prettier-ignore
    { type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 1]]] }, // prettier-ignore
    null,
    [],
  ])('leaves %j to the closer look', (value) => {
    expect(readPlainGeometry(value)).toBeUndefined();
  });

  it('gives what the closer look gives', () => {
    const coordinate = fc.oneof(
      fc.integer({ min: -3, max: 3 }),
      fc.integer({ min: -40, max: 40 }).map((n) => n / 7),
    );
    const ring = fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 6 });
    let taken = 0;
    fc.assert(
      fc.property(ring, (positions) => {
        const value = polygon(positions);
        const plain = readPlainGeometry(value);
        if (plain === undefined) return;
        taken += 1;
        expect(plain).toEqual(parseGeometry(value));
      }),
      { numRuns: 10_000 },
    );
    expect(taken).toBeGreaterThan(300);
  });
});
