import fc from 'fast-check';
import type { Position } from 'geojson';
import { isPlainlySimple } from './plain-ring.js';
import { findRingConflict } from './ring-sweep.js';

const closed = (ring: readonly Position[]): Position[] => [...ring, ring[0] ?? [0, 0]];

describe('a ring that is plainly simple', () => {
  it('is what most rings are', () => {
    const star = Array.from({ length: 400 }, (_, i) => [
      Math.cos((i * Math.PI) / 200) * (1 + (i % 3) / 9),
      Math.sin((i * Math.PI) / 200) * (1 + (i % 3) / 9),
    ]);
    expect(isPlainlySimple(closed(star))).toBe(true);
    expect(isPlainlySimple(closed([[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]]))).toBe(true); // prettier-ignore
  });

  it('crosses, touches and folds nowhere', () => {
    expect(isPlainlySimple(closed([[0, 0], [1, 1], [0, 1], [1, 0]]))).toBe(false); // prettier-ignore
    expect(isPlainlySimple(closed([[0, 0], [4, 0], [4, 4], [2, 0], [0, 4]]))).toBe(false); // prettier-ignore
    expect(isPlainlySimple(closed([[0, 0], [2, 0], [1, 0], [0, 2]]))).toBe(false); // prettier-ignore
  });

  it('is never one in which the sweep finds a conflict', () => {
    const coordinate = fc.integer({ min: 0, max: 6 });
    const ring = fc.array(fc.tuple(coordinate, coordinate), { minLength: 3, maxLength: 9 }).map(closed);
    let plain = 0;
    fc.assert(
      fc.property(ring, (positions) => {
        if (!isPlainlySimple(positions)) return;
        plain += 1;
        expect(findRingConflict([positions])).toBeUndefined();
      }),
      { numRuns: 5_000 },
    );
    expect(plain).toBeGreaterThan(100);
  });
});
