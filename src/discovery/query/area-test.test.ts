import fc from 'fast-check';
import type { Geometry, Position } from 'geojson';
import { boundingBoxes } from '../../kernel/geo/bounding-box.js';
import { areaTest } from './area-test.js';
import type { AreaLeaf } from './query.js';

const WEST = 0;
const EAST = 6;
const ring: Position[] = [[WEST, 0], [EAST, 0], [EAST, 4], [WEST, 4], [WEST, 0]]; // prettier-ignore
/** The same square with a corner that is none. */
const bent: Position[] = [[WEST, 0], [3, 0], [EAST, 0], [EAST, 4], [WEST, 4], [WEST, 0]]; // prettier-ignore

function leaf(relation: 'intersects' | 'within', coordinates: Position[]): AreaLeaf {
  return { op: 'leaf', pointer: '/area', kind: 'area', relation, geometry: { type: 'Polygon', coordinates: [coordinates] } };
}

const place = fc.tuple(fc.integer({ min: -2, max: 8 }), fc.integer({ min: -2, max: 6 }));
const area: fc.Arbitrary<Geometry> = fc.oneof(
  place.map((coordinates): Geometry => ({ type: 'Point', coordinates })),
  fc.tuple(place, place).map((coordinates): Geometry => ({ type: 'LineString', coordinates })),
  fc
    .tuple(place, fc.integer({ min: 1, max: 4 }))
    .map(([[x, y], size]): Geometry => ({ type: 'Polygon', coordinates: [[[x, y], [x + size, y], [x, y + size], [x, y]]] })), // prettier-ignore
);

describe('areaTest of a box', () => {
  it.each(['intersects', 'within'] as const)('says of %s what the test of any polygon says', (relation) => {
    const [box, polygon] = [areaTest(leaf(relation, ring)), areaTest(leaf(relation, bent))];
    fc.assert(
      fc.property(area, (geometry) => {
        const truth = polygon.matches(geometry);
        expect(box.matches(geometry)).toBe(truth);
        const [extent] = boundingBoxes(geometry);
        if (extent) expect([truth, undefined]).toContain(box.byExtent(extent));
      }),
    );
  });

  it('needs no geometry where the extent lies within or beyond the box', () => {
    const { byExtent } = areaTest(leaf('intersects', ring));
    expect(byExtent({ west: 1, south: 1, east: 2, north: 2 })).toBe(true);
    expect(byExtent({ west: 7, south: 1, east: 8, north: 2 })).toBe(false);
    expect(byExtent({ west: 5, south: 1, east: 8, north: 2 })).toBeUndefined();
  });
});
