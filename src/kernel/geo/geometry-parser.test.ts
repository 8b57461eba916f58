import type { Geometry, Polygon, Position } from 'geojson';
import { GeometryRefused } from './geometry-refused.js';
import { MAX_POSITIONS, parseGeometry } from './geometry-parser.js';

function refusal(value: unknown): { pointer: string; detail: string } {
  try {
    parseGeometry(value);
  } catch (error) {
    if (error instanceof GeometryRefused) return { pointer: error.pointer, detail: error.detail };
    throw error;
  }
  throw new Error('the geometry was accepted');
}

/** '0 0, 4 2' as two positions. */
function at(text: string): Position[] {
  return text.split(', ').map((position) => position.split(' ').map(Number));
}

const square: Position[] = at('0 0, 4 0, 4 4, 0 4, 0 0');
const polygon = (...rings: unknown[]) => ({ type: 'Polygon', coordinates: rings });

describe('parseGeometry accepts', () => {
  const geometries: Geometry[] = [
    { type: 'Point', coordinates: [-0.0984, 51.5138] },
    { type: 'Point', coordinates: [180, -90, 12.5] },
    {
      type: 'MultiPoint',
      coordinates: at('0 0, 0 0'),
    },
    {
      type: 'LineString',
      coordinates: at('0 0, 1 1, 0 1, 1 0'),
    },
    {
      type: 'MultiLineString',
      coordinates: [at('0 0, 1 1'), at('5 5, 6 6')],
    },
    { type: 'Polygon', coordinates: [square] },
    {
      type: 'Polygon',
      coordinates: [square, at('1 1, 1 2, 2 2, 1 1')],
    },
    {
      type: 'Polygon',
      coordinates: [at('0 0, 4 0, 4 0, 4 4, 0 0')],
    },
    { type: 'MultiPolygon', coordinates: [[square], [square]] },
    { type: 'GeometryCollection', geometries: [{ type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [1, 2] }] }] },
  ];
  it.each(geometries)('$type and returns it unchanged', (geometry) => {
    expect(parseGeometry(geometry)).toEqual(geometry);
    expect(parseGeometry(structuredClone(geometry))).not.toBe(geometry);
  });

  it('rings wound the wrong way, and turns them to the right-hand rule', () => {
    const hole = at('1 1, 1 2, 2 2, 1 1');
    const turned = parseGeometry(polygon(square.toReversed(), hole.toReversed())) as Polygon;
    expect(turned.coordinates).toEqual([square, hole]);
  });

  it('a hole that touches its shell in one place', () => {
    expect(() => parseGeometry(polygon(square, at('0 2, 2 1, 2 3, 0 2')))).not.toThrow();
  });

  it('coordinates next to nothing as 0', () => {
    expect(parseGeometry({ type: 'Point', coordinates: [5e-324, -0, 1e-30] })).toEqual({ type: 'Point', coordinates: [0, 0, 1e-30] });
  });

  it('a bbox, which it leaves out', () => {
    expect(parseGeometry({ type: 'Point', coordinates: [1, 2], bbox: [1, 2, 1, 2] })).toEqual({ type: 'Point', coordinates: [1, 2] });
  });

  it('as many positions as the limit, and not one more', () => {
    const line = (length: number) => ({ type: 'LineString', coordinates: Array.from({ length }, (_, i) => [i / 1e3, 0]) });
    expect(() => parseGeometry(line(MAX_POSITIONS))).not.toThrow();
    expect(refusal(line(MAX_POSITIONS + 1))).toEqual({ pointer: '/coordinates', detail: 'more than 10000 positions' });
    const halves = [line(MAX_POSITIONS / 2), line(MAX_POSITIONS / 2 + 1)];
    expect(refusal({ type: 'GeometryCollection', geometries: halves }).pointer).toBe(`/geometries/1/coordinates/${MAX_POSITIONS / 2}`);
  });

  it.each([
    {
      shape: 'a comb of long teeth',
      tooth: (i: number): Position[] => [
        [-90, i * 0.01 - 25],
        [90, i * 0.01 - 24.995],
      ],
    },
    {
      shape: 'a slanted comb',
      tooth: (i: number): Position[] => [
        [i * 0.01 - 100, -80],
        [i * 0.01 - 20, 80],
      ],
    },
  ])('a ring of ten thousand positions: $shape', ({ tooth }) => {
    const teeth = Array.from({ length: 4998 }, (_, i) => tooth(i)).flatMap((pair, i) => (i % 2 === 0 ? pair : pair.toReversed()));
    const back: Position = [170, -85];
    const ring = [...teeth, [170, 85], back, [-170, -85], teeth[0]];
    expect(() => parseGeometry(polygon(ring))).not.toThrow();
  });
});

describe('parseGeometry refuses', () => {
  it.each([
    { case: 'null', value: null, pointer: '', detail: 'geometry object' },
    { case: 'an array', value: [1, 2], pointer: '', detail: 'geometry object' },
    { case: 'a missing type', value: { coordinates: [0, 0] }, pointer: '/type', detail: 'RFC 7946' },
    { case: 'an unknown type', value: { type: 'Circle', coordinates: [0, 0] }, pointer: '/type', detail: 'RFC 7946' },
    { case: 'a type in the wrong case', value: { type: 'point', coordinates: [0, 0] }, pointer: '/type', detail: 'RFC 7946' },
    { case: 'a type named like a built-in', value: { type: 'constructor', coordinates: [0, 0] }, pointer: '/type', detail: 'RFC 7946' },
    { case: 'a Feature', value: { type: 'Feature', properties: {}, geometry: null }, pointer: '/type', detail: 'not a Feature' },
    { case: 'crs', value: { type: 'Point', coordinates: [0, 0], crs: null }, pointer: '/crs', detail: 'removed crs' },
    { case: 'unknown members', value: { type: 'Point', coordinates: [0, 0], 'a/b~': 1 }, pointer: '/a~1b~0', detail: 'not a member' },
    {
      case: 'coordinates of a collection',
      value: { type: 'GeometryCollection', geometries: [], coordinates: [] },
      pointer: '/coordinates',
      detail: 'not a member',
    },
    { case: 'a malformed bbox', value: { type: 'Point', coordinates: [0, 0], bbox: [1, 2] }, pointer: '/bbox', detail: 'bbox' },
    { case: 'no coordinates', value: { type: 'Point' }, pointer: '/coordinates', detail: 'array' },
    { case: 'empty coordinates', value: { type: 'Point', coordinates: [] }, pointer: '/coordinates', detail: 'position' },
    { case: 'one number', value: { type: 'Point', coordinates: [1] }, pointer: '/coordinates', detail: 'position' },
    { case: 'four numbers', value: { type: 'Point', coordinates: [1, 2, 3, 4] }, pointer: '/coordinates', detail: 'position' },
    { case: 'an empty list', value: { type: 'MultiPoint', coordinates: [] }, pointer: '/coordinates', detail: 'at least one' },
    { case: 'an empty part', value: { type: 'MultiPolygon', coordinates: [[]] }, pointer: '/coordinates/0', detail: 'at least one' },
    { case: 'an empty collection', value: { type: 'GeometryCollection', geometries: [] }, pointer: '/geometries', detail: 'at least one' },
    { case: 'a string for a number', value: { type: 'Point', coordinates: ['1', 2] }, pointer: '/coordinates/0', detail: 'finite' },
    { case: 'NaN', value: { type: 'Point', coordinates: [1, NaN] }, pointer: '/coordinates/1', detail: 'finite' },
    { case: 'null for a number', value: { type: 'Point', coordinates: [1, null] }, pointer: '/coordinates/1', detail: 'finite' },
    { case: 'an infinite altitude', value: { type: 'Point', coordinates: [1, 2, Infinity] }, pointer: '/coordinates/2', detail: 'finite' },
    { case: 'longitude beyond 180', value: { type: 'Point', coordinates: [180.1, 0] }, pointer: '/coordinates/0', detail: 'longitude' },
    { case: 'latitude beyond 90', value: { type: 'Point', coordinates: [0, -91] }, pointer: '/coordinates/1', detail: 'latitude' },
    { case: 'nesting too shallow', value: { type: 'LineString', coordinates: [0, 1] }, pointer: '/coordinates/0', detail: 'array' },
    {
      case: 'nesting too deep',
      value: {
        type: 'Point',
        coordinates: at('0 1, 2 3'),
      },
      pointer: '/coordinates/0',
      detail: 'finite',
    },
    { case: 'a line of one position', value: { type: 'LineString', coordinates: [[0, 1]] }, pointer: '/coordinates', detail: 'two' },
    {
      case: 'a ring of three',
      value: polygon(at('0 0, 1 1, 0 0')),
      pointer: '/coordinates/0',
      detail: 'four',
    },
    {
      case: 'an open ring',
      value: polygon(at('0 0, 4 0, 4 4, 0 4')),
      pointer: '/coordinates/0',
      detail: 'closed',
    },
    {
      case: 'a ring on one line',
      value: polygon(at('0 0, 1 1, 3 3, 0 0')),
      pointer: '/coordinates/0',
      detail: 'no area',
    },
    {
      case: 'a ring in one place',
      value: polygon(at('1 1, 1 1, 1 1, 1 1')),
      pointer: '/coordinates/0',
      detail: 'no area',
    },
    {
      case: 'a bow-tie',
      value: polygon(at('0 0, 2 2, 2 0, 0 2, 0 0')),
      pointer: '/coordinates/0',
      detail: 'crosses',
    },
    {
      case: 'a spike',
      value: polygon(at('0 0, 2 0, 2 2, 2 5, 2 2, 0 0')),
      pointer: '/coordinates/0',
      detail: 'itself',
    },
    {
      case: 'a hole outside',
      value: polygon(square, at('5 5, 6 5, 6 6, 5 5')),
      pointer: '/coordinates/1',
      detail: 'outside its shell',
    },
    {
      case: 'a hole around',
      value: polygon(square, at('-1 -1, 9 -1, -1 9, -1 -1')),
      pointer: '/coordinates/1',
      detail: 'outside its shell',
    },
    {
      case: 'a hole across',
      value: polygon(square, at('1 1, 6 1, 1 2, 1 1')),
      pointer: '/coordinates/1',
      detail: 'crosses',
    },
    { case: 'a hole equal to its shell', value: polygon(square, square), pointer: '/coordinates/1', detail: 'overlaps' },
    {
      case: 'a hole in a hole',
      value: polygon(square, at('2.5 1.5, 3 1.5, 3 2, 2.5 1.5'), at('1 1, 3.5 1, 3.5 3.5, 1 1')),
      pointer: '/coordinates/1',
      detail: 'inside another hole',
    },
    {
      case: 'a collection nested three deep',
      value: {
        type: 'GeometryCollection',
        geometries: [{ type: 'GeometryCollection', geometries: [{ type: 'GeometryCollection', geometries: [] }] }],
      },
      pointer: '/geometries/0/geometries/0',
      detail: 'nested',
    },
    {
      case: 'a fault inside a collection, by its own pointer',
      value: { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [0, 0] }, polygon([[0, 0]])] },
      pointer: '/geometries/1/coordinates/0',
      detail: 'four',
    },
  ])('$case', ({ value, pointer, detail }) => {
    const refused = refusal(value);
    expect(refused.pointer).toBe(pointer);
    expect(refused.detail).toContain(detail);
  });
});
