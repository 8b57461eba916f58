import fc from 'fast-check';
import { eastwardRayCrosses, orientation, segmentsTouch, sideOfRing } from './planar-predicates.js';

/** Exact reference: doubles as integers scaled by 2^1074. */
function scaled(value: number): bigint {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const word = bits.getBigUint64(0);
  const exponent = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  const magnitude = exponent === 0 ? fraction : (fraction | (1n << 52n)) << BigInt(exponent - 1);
  return word >> 63n ? -magnitude : magnitude;
}

function exactSign(points: readonly number[]): number {
  const [ax = 0n, ay = 0n, bx = 0n, by = 0n, cx = 0n, cy = 0n] = points.map(scaled);
  const determinant = (ax - cx) * (by - cy) - (ay - cy) * (bx - cx);
  return determinant > 0n ? 1 : determinant < 0n ? -1 : 0;
}

function orient(points: readonly number[]): number {
  const [ax = 0, ay = 0, bx = 0, by = 0, cx = 0, cy = 0] = points;
  return Math.sign(orientation(ax, ay, bx, by, cx, cy));
}

describe('orientation', () => {
  it('has the exact sign where rounding would decide', () => {
    const nearLine = fc
      .record({
        x: fc.double({ min: -180, max: 180, noNaN: true }),
        y: fc.double({ min: -90, max: 90, noNaN: true }),
        dx: fc.double({ min: -1, max: 1, noNaN: true }),
        dy: fc.double({ min: -1, max: 1, noNaN: true }),
        t: fc.double({ min: -2, max: 2, noNaN: true }),
        ulps: fc.integer({ min: -3, max: 3 }),
      })
      .map(({ x, y, dx, dy, t, ulps }) => [x, y, x + dx, y + dy, x + t * dx, (y + t * dy) * (1 + ulps * Number.EPSILON)])
      .filter((numbers) => numbers.every((n) => n === 0 || Math.abs(n) > 1e-100));
    fc.assert(
      fc.property(nearLine, (points) => orient(points) === exactSign(points)),
      { numRuns: 1000 },
    );
  });

  it('is positive to the left, negative to the right, zero on the line', () => {
    expect(orient([0, 0, 1, 0, 0, 1])).toBe(1);
    expect(orient([0, 0, 1, 0, 0, -1])).toBe(-1);
    expect(orient([0.1, 0.1, 0.2, 0.2, 0.3, 0.3])).toBe(0);
    expect(orient([0.1, 0.1, 0.3, 0.3, 0.2, 0.2000000000000001])).toBe(1);
  });
});

describe('segmentsTouch', () => {
  const touch = ([a, b, c, d, e, f, g, h]: [number, number, number, number, number, number, number, number]) =>
    segmentsTouch(a, b, c, d, e, f, g, h);

  it.each([
    { case: 'crossing', segments: [0, 0, 2, 2, 0, 2, 2, 0], expected: true },
    { case: 'meeting end to end', segments: [0, 0, 1, 1, 1, 1, 2, 0], expected: true },
    { case: 'one ending on the other', segments: [0, 0, 2, 0, 1, 0, 1, 5], expected: true },
    { case: 'overlapping on one line', segments: [0, 0, 2, 2, 1, 1, 3, 3], expected: true },
    { case: 'apart on one line', segments: [0, 0, 1, 1, 2, 2, 3, 3], expected: false },
    { case: 'parallel', segments: [0, 0, 2, 2, 0, 1, 2, 3], expected: false },
    { case: 'on crossing lines but short of each other', segments: [0, 0, 1, 1, 0, 3, 3, 0], expected: false },
    { case: 'a point on a segment', segments: [0, 0, 2, 2, 1, 1, 1, 1], expected: true },
    { case: 'a point beside a segment', segments: [0, 0, 2, 2, 1, 1.5, 1, 1.5], expected: false },
    { case: 'two equal points', segments: [1, 1, 1, 1, 1, 1, 1, 1], expected: true },
  ])('$case: $expected', ({ segments, expected }) => {
    expect(touch(segments as Parameters<typeof touch>[0])).toBe(expected);
  });
});

describe('sideOfRing', () => {
  const notched = '0 0, 4 0, 4 4, 2 1, 0 4, 0 0'.split(', ').map((point) => point.split(' ').map(Number));

  it('tells inside, boundary and outside at the heights of vertices too', () => {
    expect(sideOfRing(notched, 1, 1)).toBe('inside');
    expect(sideOfRing(notched, 2, 1)).toBe('boundary');
    expect(sideOfRing(notched, 2, 3)).toBe('outside');
    expect(sideOfRing(notched, -1, 1)).toBe('outside');
    expect(sideOfRing(notched, -1, 0)).toBe('outside');
    expect(sideOfRing(notched, 3, 0)).toBe('boundary');
    expect(sideOfRing(notched, -1, 4)).toBe('outside');
  });

  it('counts a vertex on the ray once', () => {
    expect(eastwardRayCrosses(0, 1, 2, 0, 2, 1)).toBe(false);
    expect(eastwardRayCrosses(0, 1, 2, 1, 2, 2)).toBe(true);
    expect(eastwardRayCrosses(3, 1, 2, 1, 2, 2)).toBe(false);
  });
});
