import fc from 'fast-check';
import { segmentsTouch } from './planar-predicates.js';
import { findRingConflict } from './ring-sweep.js';

type Point = readonly [number, number];

/** '0 0, 4 2' as two points. */
function at(text: string): Point[] {
  return text.split(', ').map((point) => {
    const [x = NaN, y = NaN] = point.split(' ').map(Number);
    return [x, y];
  });
}

function closed(points: readonly Point[]): Point[] {
  const first = points[0];
  return first ? [...points, first] : [];
}

function edgesOf(ring: readonly Point[]): [Point, Point][] {
  return ring.slice(1).flatMap((end, i) => {
    const start = ring[i];
    return start && (start[0] !== end[0] || start[1] !== end[1]) ? [[start, end] as [Point, Point]] : [];
  });
}

function touch([p, q]: [Point, Point], [r, s]: [Point, Point]): boolean {
  return segmentsTouch(...p, ...q, ...r, ...s);
}

function sharesLength([p, q]: [Point, Point], [r, s]: [Point, Point]): boolean {
  const cross = (a: Point, b: Point, c: Point) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
  if (cross(p, q, r) !== 0 || cross(p, q, s) !== 0) return false;
  const along = (c: Point) => (c[0] - p[0]) * (q[0] - p[0]) + (c[1] - p[1]) * (q[1] - p[1]);
  const [low, high] = [Math.min(along(r), along(s)), Math.max(along(r), along(s))];
  return Math.max(low, 0) < Math.min(high, along(q));
}

/** In the inside of both edges. */
function crosses(edge: [Point, Point], other: [Point, Point]): boolean {
  return touch(edge, other) && ![...edge].some((end) => touch([end, end], other)) && ![...other].some((end) => touch([end, end], edge));
}

/** By all pairs of edges: a ring is simple when only neighbours meet, and those at one end only. */
function isSimple(ring: readonly Point[]): boolean {
  const edges = edgesOf(ring);
  return edges.every((edge, i) =>
    edges.every((other, j) => {
      if (j <= i) return true;
      const neighbours = j === i + 1 || (i === 0 && j === edges.length - 1);
      return neighbours ? !sharesLength(edge, other) : !touch(edge, other);
    }),
  );
}

const gridPoint = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 }));
const gridRing = fc.array(gridPoint, { minLength: 3, maxLength: 7 }).map(closed);

describe('findRingConflict', () => {
  it('agrees with comparing every pair of edges, vertical, repeated and touching edges included', () => {
    const triangleOrMore = gridRing.filter((ring) => edgesOf(ring).length >= 3);
    fc.assert(
      fc.property(triangleOrMore, (ring) => (findRingConflict([ring]) === undefined) === isSimple(ring)),
      { numRuns: 2000 },
    );
  });

  it('accepts two simple rings exactly when they meet in one place at most, without crossing there', () => {
    const simple = gridRing.filter((ring) => edgesOf(ring).length >= 3 && isSimple(ring));
    fc.assert(
      fc.property(simple, simple, (a, b) => {
        const pairs = edgesOf(a).flatMap((edge) => edgesOf(b).map((other) => [edge, other] as const));
        const conflicting = pairs.some(([edge, other]) => sharesLength(edge, other) || crosses(edge, other));
        const places = new Set<string>();
        for (const [[p], [r]] of pairs) {
          if (edgesOf(b).some((other) => touch([p, p], other))) places.add(String(p));
          if (edgesOf(a).some((edge) => touch([r, r], edge))) places.add(String(r));
        }
        expect(findRingConflict([a, b]) === undefined).toBe(!conflicting && places.size <= 1);
      }),
      { numRuns: 1000 },
    );
  });

  it('names the kind of conflict and the ring', () => {
    const square = closed(at('0 0, 9 0, 9 9, 0 9'));
    const hole = (points: Point[]) => [square, closed(points)];
    expect(findRingConflict([closed(at('0 0, 2 2, 2 0, 0 2'))])?.kind).toBe('crosses-itself');
    expect(findRingConflict([closed(at('0 0, 1 1, 2 0, 2 2, 1 1, 0 2'))])?.kind).toBe('touches-itself');
    expect(findRingConflict(hole(at('1 1, 12 4, 1 7')))).toMatchObject({ kind: 'crosses-ring', ring: 1, other: 0 });
    expect(findRingConflict(hole(at('0 4, 9 4, 4 6')))).toMatchObject({ kind: 'cuts-interior', ring: 1, other: 0 });
    expect(findRingConflict(hole(at('0 4, 4 3, 4 6')))).toBeUndefined();
  });

  it('sees a ring of holes, each touching the next, cut the interior', () => {
    const square = closed(at('0 0, 9 0, 9 9, 0 9'));
    const south = closed(at('2 4, 4 2, 6 4, 4 3'));
    const north = closed(at('2 4, 4 6, 6 4, 4 5'));
    expect(findRingConflict([square, south])).toBeUndefined();
    expect(findRingConflict([square, south, north])?.kind).toBe('cuts-interior');
  });
});
