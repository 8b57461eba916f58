import type { Geometry, Position } from 'geojson';
import { intersects } from './intersects.js';
import { prepareGeometry } from './prepared-geometry.js';

/** '0 0, 4 2' as two positions. */
function at(text: string): Position[] {
  return text.split(', ').map((position) => position.split(' ').map(Number));
}

const point = (x: number, y: number): Geometry => ({ type: 'Point', coordinates: [x, y] });
const line = (text: string): Geometry => ({ type: 'LineString', coordinates: at(text) });
const polygon = (...rings: string[]): Geometry => ({ type: 'Polygon', coordinates: rings.map(at) });

const square = polygon('0 0, 9 0, 9 9, 0 9, 0 0');
const ringed = polygon('0 0, 9 0, 9 9, 0 9, 0 0', '3 3, 3 6, 6 6, 6 3, 3 3');

describe('intersects', () => {
  it.each<{ case: string; a: Geometry; b: Geometry; expected: boolean }>([
    { case: 'equal points', a: point(1, 2), b: point(1, 2), expected: true },
    { case: 'different points', a: point(1, 2), b: point(1, 2.000001), expected: false },
    { case: 'a point on a slanted line', a: point(1, 1), b: line('0 0, 3 3'), expected: true },
    { case: 'a point off a line, inside its box', a: point(1, 2), b: line('0 0, 3 3'), expected: false },
    { case: 'a point inside', a: point(1, 1), b: ringed, expected: true },
    { case: 'a point on the shell', a: point(9, 4), b: ringed, expected: true },
    { case: 'a point on a corner', a: point(9, 9), b: ringed, expected: true },
    { case: 'a point in the hole', a: point(4, 4), b: ringed, expected: false },
    { case: 'a point on the rim of the hole', a: point(3, 4), b: ringed, expected: true },
    { case: 'crossing lines', a: line('0 0, 3 3'), b: line('0 3, 3 0'), expected: true },
    { case: 'lines that end on each other', a: line('0 0, 3 3'), b: line('3 3, 9 3'), expected: true },
    { case: 'lines that overlap', a: line('0 0, 3 0'), b: line('2 0, 9 0'), expected: true },
    { case: 'lines that pass each other', a: line('0 0, 3 3'), b: line('1 0, 4 3'), expected: false },
    { case: 'a line without length on a line', a: line('1 1, 1 1'), b: line('0 0, 3 3'), expected: true },
    { case: 'a line through, without a vertex inside', a: line('-1 4, 10 5'), b: square, expected: true },
    { case: 'a line inside', a: line('1 1, 2 2'), b: square, expected: true },
    { case: 'a line in the hole', a: line('4 4, 5 5'), b: ringed, expected: false },
    { case: 'a line from the hole outwards', a: line('4 4, 50 5'), b: ringed, expected: true },
    { case: 'a line past a corner', a: line('8 11, 11 8'), b: square, expected: false },
    { case: 'a line along the shell', a: line('9 -5, 9 20'), b: square, expected: true },
    { case: 'a polygon inside', a: polygon('1 1, 2 1, 2 2, 1 1'), b: square, expected: true },
    { case: 'a polygon in the hole', a: polygon('4 4, 5 4, 5 5, 4 4'), b: ringed, expected: false },
    { case: 'a polygon that fills the hole', a: polygon('3 3, 6 3, 6 6, 3 6, 3 3'), b: ringed, expected: true },
    { case: 'a polygon around the hole', a: polygon('2 2, 7 2, 7 7, 2 7, 2 2'), b: ringed, expected: true },
    { case: 'a polygon around everything', a: polygon('-9 -9, 20 -9, 20 20, -9 20, -9 -9'), b: ringed, expected: true },
    { case: 'polygons that share an edge', a: polygon('9 2, 12 2, 12 5, 9 5, 9 2'), b: square, expected: true },
    { case: 'polygons that share a corner', a: polygon('9 9, 12 9, 12 12, 9 9'), b: square, expected: true },
    { case: 'polygons that cross without vertices inside', a: polygon('-1 4, 10 4, 10 5, -1 5, -1 4'), b: square, expected: true },
    { case: 'polygons apart, boxes overlapping', a: polygon('0 0, 5 0, 0 5, 0 0'), b: polygon('5 5, 5 1, 1 5, 5 5'), expected: false },
    { case: 'equal polygons', a: ringed, b: ringed, expected: true },
  ])('$case: $expected', ({ a, b, expected }) => {
    expect(intersects(a, b)).toBe(expected);
    expect(intersects(b, a)).toBe(expected);
    expect(intersects(prepareGeometry(a), prepareGeometry(b))).toBe(expected);
  });

  it('takes a collection or a multipart geometry as any of its parts', () => {
    const parts: Geometry = { type: 'GeometryCollection', geometries: [point(50, 50), ringed, line('20 20, 21 21')] };
    expect(intersects(parts, point(1, 1))).toBe(true);
    expect(intersects(parts, point(4, 4))).toBe(false);
    expect(intersects(parts, { type: 'MultiPoint', coordinates: at('4 4, 30 30, 20.5 20.5') })).toBe(true);
    expect(intersects(parts, { type: 'MultiLineString', coordinates: [at('4 4, 5 5'), at('51 50, 50 51')] })).toBe(false);
  });

  it('covers by either polygon where the polygons of one geometry overlap', () => {
    const overlapping: Geometry = { type: 'MultiPolygon', coordinates: [[at('0 0, 6 0, 6 6, 0 6, 0 0')], [at('3 0, 9 0, 9 6, 3 6, 3 0')]] };
    expect(intersects(overlapping, point(4, 3))).toBe(true);
  });

  it('finds its way in polygons of many vertices', () => {
    const ring = Array.from({ length: 9000 }, (_, i) => [Math.cos((i * Math.PI) / 4500), Math.sin((i * Math.PI) / 4500)]);
    const disc = prepareGeometry({ type: 'Polygon', coordinates: [[...ring, [1, 0]]] });
    for (let degrees = 0; degrees < 360; degrees += 7.3) {
      const [x, y] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
      expect(intersects(disc, point(0.9999 * x, 0.9999 * y))).toBe(true);
      expect(intersects(disc, point(1.0001 * x, 1.0001 * y))).toBe(false);
      expect(intersects(disc, { type: 'LineString', coordinates: [at('2 2')[0] ?? [], [0.9999 * x, 0.9999 * y]] })).toBe(true);
    }
  });

  it('sees nothing across the antimeridian', () => {
    expect(intersects(point(180, 0), point(-180, 0))).toBe(false);
  });
});
