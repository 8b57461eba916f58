import fc from 'fast-check';
import type { Geometry, Polygon, Position } from 'geojson';
import { distanceMeters, withinDistance } from './distance.js';
import { geodesicMeters } from './geodesic.js';
import { parseGeometry } from './geometry-parser.js';
import { intersects } from './intersects.js';

/** Millionths of a degree, as coordinates are given: what is closer than that does not occur. */
function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6 + 0;
}

const city = fc
  .record({ x: fc.integer({ min: -2e6, max: 2e6 }), y: fc.integer({ min: 50e6, max: 53e6 }) })
  .map(({ x, y }) => ({ x: x / 1e6, y: y / 1e6 }));
const point: fc.Arbitrary<Geometry> = city.map(({ x, y }) => ({ type: 'Point', coordinates: [x, y] }));
const line: fc.Arbitrary<Geometry> = fc
  .array(city, { minLength: 2, maxLength: 12 })
  .map((places) => ({ type: 'LineString', coordinates: places.map(({ x, y }) => [x, y]) }));

/** A star around a centre: concave, and never crossing itself. */
const star = fc
  .record({ centre: city, radii: fc.array(fc.double({ min: 0.05, max: 1, noNaN: true }), { minLength: 3, maxLength: 24 }) })
  .map(({ centre, radii }): { polygon: Polygon; centre: Position } => {
    const ring = radii.map((radius, i) => {
      const angle = (2 * Math.PI * i) / radii.length;
      return [rounded(centre.x + radius * Math.cos(angle)), rounded(centre.y + radius * Math.sin(angle))];
    });
    return { polygon: { type: 'Polygon', coordinates: [[...ring, ring[0] ?? []]] }, centre: [centre.x, centre.y] };
  });

/** A convex polygon inscribed in an ellipse. */
const convex = fc
  .record({
    centre: city,
    width: fc.double({ min: 0.1, max: 1, noNaN: true }),
    corners: fc.integer({ min: 3, max: 12 }),
    turn: fc.nat(359),
  })
  .map(({ centre, width, corners, turn }): Polygon => {
    const ring = Array.from({ length: corners }, (_, i) => {
      const angle = (2 * Math.PI * i) / corners + turn;
      return [centre.x + width * Math.cos(angle), centre.y + 0.4 * width * Math.sin(angle)];
    });
    return { type: 'Polygon', coordinates: [[...ring, ring[0] ?? []]] };
  });

const single = fc.oneof(
  point,
  line,
  star.map(({ polygon }): Geometry => polygon),
);
const geometry = fc.oneof(
  single,
  fc.array(single, { minLength: 1, maxLength: 4 }).map((geometries): Geometry => ({ type: 'GeometryCollection', geometries })),
);

function moved(value: Geometry, dx: number, dy: number): Geometry {
  const text = JSON.stringify(value, (key, part: unknown) => {
    const isPosition = Array.isArray(part) && part.every((n) => typeof n === 'number');
    return isPosition ? [Number(part[0]) + dx, Number(part[1]) + dy] : part;
  });
  return JSON.parse(text) as Geometry;
}

/** Places along every edge, vertices included, `per` on each. */
function sample(value: Geometry, per: number): Position[] {
  if (value.type === 'Point') return [value.coordinates];
  if (value.type === 'Polygon') return value.coordinates.flatMap((ring) => sample({ type: 'LineString', coordinates: ring }, per));
  if (value.type !== 'LineString') throw new Error(`not sampled: ${value.type}`);
  return value.coordinates.slice(1).flatMap(([x2 = 0, y2 = 0], i) => {
    const [x1 = 0, y1 = 0] = value.coordinates[i] ?? [];
    return Array.from({ length: per + 1 }, (_, k) => [x1 + ((x2 - x1) * k) / per, y1 + ((y2 - y1) * k) / per]);
  });
}

/** By half-planes: the place lies to the left of every edge of a counter-clockwise convex ring. */
function isInsideConvex(polygon: Polygon, [x = 0, y = 0]: Position): boolean {
  const ring = polygon.coordinates[0] ?? [];
  return ring.slice(1).every(([bx = 0, by = 0], i) => {
    const [ax = 0, ay = 0] = ring[i] ?? [];
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 1e-12;
  });
}

describe('geometries in general', () => {
  it('parse to themselves when they are sound', () => {
    fc.assert(fc.property(geometry, (value) => expect(parseGeometry(value)).toEqual(value)));
  });

  it('intersect in both directions or in neither, and always themselves', () => {
    fc.assert(
      fc.property(geometry, geometry, (a, b) => {
        expect(intersects(a, b)).toBe(intersects(b, a));
        expect(intersects(a, a)).toBe(true);
      }),
    );
  });

  it('intersect the places inside them and on their edges', () => {
    const share = fc.double({ min: 0, max: 0.999, noNaN: true });
    fc.assert(
      fc.property(star, share, ({ polygon, centre }, toVertex) => {
        const [cx = 0, cy = 0] = centre;
        for (const vertex of polygon.coordinates[0] ?? []) {
          const [x = 0, y = 0] = vertex;
          const inside = [cx + toVertex * (x - cx), cy + toVertex * (y - cy)];
          expect(intersects(polygon, { type: 'Point', coordinates: inside })).toBe(true);
          expect(intersects(polygon, { type: 'Point', coordinates: vertex })).toBe(true);
          expect(intersects(polygon, { type: 'Point', coordinates: [2 * x - cx, 2 * y - cy] })).toBe(false);
        }
      }),
    );
  });

  it('do not intersect once moved far away', () => {
    fc.assert(fc.property(geometry, geometry, (a, b) => !intersects(a, moved(b, 20, 0)) && !intersects(moved(a, 0, -20), b)));
  });

  it('when convex, intersect whenever some place of one lies inside the other', () => {
    fc.assert(
      fc.property(convex, convex, (a, b) => {
        const met = sample(a, 12).some((place) => isInsideConvex(b, place)) || sample(b, 12).some((place) => isInsideConvex(a, place));
        if (met) expect(intersects(a, b)).toBe(true);
        const nearest = Math.min(
          ...sample(a, 12).flatMap(([x = 0, y = 0]) => sample(b, 12).map(([u = 0, v = 0]) => Math.hypot(x - u, y - v))),
        );
        // Samples of edges that cross are at most half a step on either edge away from each other.
        if (!met && nearest > 0.09) expect(intersects(a, b)).toBe(false);
      }),
    );
  });

  it('are as far from each other as the other way round, and at no distance exactly when they intersect', () => {
    fc.assert(
      fc.property(geometry, geometry, (a, b) => {
        const meters = distanceMeters(a, b);
        expect(Math.abs(meters - distanceMeters(b, a))).toBeLessThanOrEqual(1e-6 * meters);
        expect(meters === 0).toBe(intersects(a, b));
        expect(withinDistance(a, b, meters)).toBe(true);
        expect(withinDistance(a, b, meters * 0.999)).toBe(meters === 0);
      }),
    );
  });

  it.each([0, 51, 75])('are within half a percent of the nearest sampled places at latitude %d', (latitude) => {
    const anywhere = single.map((value) => moved(value, 0, latitude - 51));
    fc.assert(
      fc.property(
        anywhere,
        anywhere,
        fc.integer({ min: -100, max: 100 }).map((n) => n / 100),
        (a, still, apart) => {
          const b = moved(still, apart, -apart);
          fc.pre(!intersects(a, b));
          const places = sample(b, 10);
          const sampled = Math.min(
            ...sample(a, 10).flatMap(([x = 0, y = 0]) => places.map(([u = 0, v = 0]) => geodesicMeters(x, y, u, v))),
          );
          expect(distanceMeters(a, b)).toBeLessThanOrEqual(sampled * 1.005);
        },
      ),
      { numRuns: 20 },
    );
  });
});
