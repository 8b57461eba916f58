import fc from 'fast-check';
import type { Geometry, Position } from 'geojson';
import { boundingBox, boundingBoxes, boxesOverlap, expandBox, type BoundingBox } from './bounding-box.js';
import { geodesicMeters } from './geodesic.js';

function rectangle({ west, south, east, north }: BoundingBox): Position[] {
  const corners: [number, number][] = [
    [west, south],
    [east, south],
  ];
  return [...corners, [east, north], [west, north], [west, south]];
}

const box = (west: number, south: number, east: number, north: number): BoundingBox => ({ west, south, east, north });
const contains = (boxes: BoundingBox[], x: number, y: number) => boxes.some((one) => boxesOverlap(one, box(x, y, x, y)));

describe('boundingBox', () => {
  it('spans every part of a collection', () => {
    const geometry: Geometry = {
      type: 'GeometryCollection',
      geometries: [
        { type: 'Point', coordinates: [5, -7, 100] },
        {
          type: 'LineString',
          coordinates: [
            [1, 2],
            [-3, 1],
          ],
        },
        { type: 'MultiPolygon', coordinates: [[rectangle(box(8, 8, 9, 9))], [rectangle(box(0, 0, 1, 10))]] },
      ],
    };
    expect(boundingBox(geometry)).toEqual(box(-3, -7, 9, 10));
  });
});

describe('boundingBoxes', () => {
  const cut = (...parts: BoundingBox[]): Geometry => ({ type: 'MultiPolygon', coordinates: parts.map((part) => [rectangle(part)]) });

  it('gives a geometry cut at the antimeridian a tight box on either side', () => {
    const fiji = cut(box(177, -20, 180, -16), box(-180, -19, -178, -15), box(176, -18, 176.5, -17));
    expect(boundingBoxes(fiji)).toEqual([box(176, -20, 180, -16), box(-180, -19, -178, -15)]);
  });

  it('gives one box when nothing is cut, or a part spans the world', () => {
    expect(boundingBoxes(cut(box(179, 0, 180, 1)))).toEqual([box(179, 0, 180, 1)]);
    expect(boundingBoxes(cut(box(170, 0, 179, 1), box(-179, 0, -170, 1)))).toEqual([box(-179, 0, 179, 1)]);
    expect(boundingBoxes(cut(box(-180, 0, 180, 1), box(179, 2, 180, 3)))).toEqual([box(-180, 0, 180, 3)]);
  });
});

describe('expandBox', () => {
  it('contains every place within the distance, whatever pole or antimeridian is near', () => {
    const place = fc.record({
      x: fc.double({ min: -180, max: 180, noNaN: true }),
      y: fc.double({ min: -90, max: 90, noNaN: true }),
      dx: fc.double({ min: -6, max: 6, noNaN: true }),
      dy: fc.double({ min: -3, max: 3, noNaN: true }),
    });
    fc.assert(
      fc.property(place, ({ x, y, dx, dy }) => {
        const [toX, toY] = [x + dx > 180 ? x + dx - 360 : x + dx < -180 ? x + dx + 360 : x + dx, Math.max(-90, Math.min(90, y + dy))];
        return contains(expandBox(box(x, y, x, y), geodesicMeters(x, y, toX, toY)), toX, toY);
      }),
      { numRuns: 1000 },
    );
  });

  it('stays close to the distance away from the poles', () => {
    const [grown = box(0, 0, 0, 0), ...more] = expandBox(box(-0.1, 51.5, -0.1, 51.5), 1000);
    expect(more).toEqual([]);
    expect(geodesicMeters(-0.1, 51.5, grown.east, 51.5) / 1000).toBeCloseTo(1, 1);
    expect(geodesicMeters(-0.1, 51.5, -0.1, grown.north) / 1000).toBeCloseTo(1, 1);
  });

  it('wraps around the antimeridian in both directions', () => {
    expect(expandBox(box(179.99, 0, 179.99, 0), 5000)).toHaveLength(2);
    expect(contains(expandBox(box(179.99, 0, 179.99, 0), 5000), -179.99, 0)).toBe(true);
    expect(contains(expandBox(box(-179.99, 0, -179.99, 0), 5000), 179.99, 0)).toBe(true);
    expect(contains(expandBox(box(180, 0, 180, 0), 0), -180, 0)).toBe(true);
  });

  it('takes in all longitudes around a pole, and the world for any distance', () => {
    expect(expandBox(box(0, 89.9, 0, 89.9), 20_000)).toEqual([expect.objectContaining({ west: -180, east: 180, north: 90 })]);
    expect(expandBox(box(0, 0, 0, 0), 1e9)).toEqual([box(-180, -90, 180, 90)]);
  });

  it.each([-1, NaN, Infinity])('refuses a distance of %d', (meters) => {
    expect(() => expandBox(box(0, 0, 0, 0), meters)).toThrow(RangeError);
  });
});
