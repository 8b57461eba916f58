import type { Geometry, Position } from 'geojson';
import { SMALLEST_RADIUS } from './geodesic.js';

/** Degrees, borders included, west ≤ east: a box never wraps around the antimeridian. */
export interface BoundingBox {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

const DEGREE = Math.PI / 180;
/** Degrees (a tenth of a millimeter): covers the rounding of the trigonometry. */
const MARGIN = 1e-9;

/** The connected parts of a geometry: each a list of positions whose extent is the part's. */
function partsOf(geometry: Geometry): Position[][] {
  switch (geometry.type) {
    case 'Point':
      return [[geometry.coordinates]];
    case 'MultiPoint':
      return geometry.coordinates.map((position) => [position]);
    case 'LineString':
      return [geometry.coordinates];
    case 'MultiLineString':
      return geometry.coordinates;
    case 'Polygon':
      return geometry.coordinates.slice(0, 1);
    case 'MultiPolygon':
      return geometry.coordinates.flatMap((rings) => rings.slice(0, 1));
    case 'GeometryCollection':
      return geometry.geometries.flatMap(partsOf);
  }
}

/** The extent of some positions; of none, a box that overlaps nothing. */
export function extentOf(positions: readonly Position[]): BoundingBox {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const position of positions) {
    const x = position[0] ?? 0;
    const y = position[1] ?? 0;
    if (x < west) west = x;
    if (y < south) south = y;
    if (x > east) east = x;
    if (y > north) north = y;
  }
  return { west, south, east, north };
}

function union(boxes: readonly BoundingBox[]): BoundingBox {
  return boxes.reduce((a, b) => ({
    west: Math.min(a.west, b.west),
    south: Math.min(a.south, b.south),
    east: Math.max(a.east, b.east),
    north: Math.max(a.north, b.north),
  }));
}

/** The extent of a parsed geometry, its coordinates taken as given: a line from 179 to -179 spans the world the long way. */
export function boundingBox(geometry: Geometry): BoundingBox {
  return union(partsOf(geometry).map(extentOf));
}

/**
 * Boxes that together cover a parsed geometry: one, or two when it was cut at the antimeridian as RFC 7946 §3.1.9 asks, that is, when some part ends at
 * longitude 180, another at -180, and none at both. Then the parts east of Greenwich get one box and the others another. Geometries that are not
 * cut are taken as given and get one, possibly very wide, box.
 */
export function boundingBoxes(geometry: Geometry): BoundingBox[] {
  const boxes = partsOf(geometry).map(extentOf);
  const cut = boxes.some((box) => box.east === 180) && boxes.some((box) => box.west === -180);
  if (!cut || boxes.some((box) => box.east === 180 && box.west === -180)) return [union(boxes)];
  const isEastern = (box: BoundingBox) => box.east === 180 || (box.west !== -180 && box.west + box.east > 0);
  return [union(boxes.filter(isEastern)), union(boxes.filter((box) => !isEastern(box)))];
}

/** True when two boxes share a point, borders included. */
export function boxesOverlap(a: BoundingBox, b: BoundingBox): boolean {
  return a.west <= b.east && b.west <= a.east && a.south <= b.north && b.south <= a.north;
}

/**
 * Boxes that contain every place within `meters` of the box, and a little more: one, or two when that reaches over the antimeridian. Where a
 * pole is within reach, all longitudes are. Throws RangeError unless `meters` is a finite number ≥ 0.
 */
export function expandBox(box: BoundingBox, meters: number): BoundingBox[] {
  if (!Number.isFinite(meters) || meters < 0) throw new RangeError(`a distance is a finite number of meters, 0 or more: ${meters}`);
  const reach = meters / SMALLEST_RADIUS;
  const south = box.south - reach / DEGREE - MARGIN;
  const north = box.north + reach / DEGREE + MARGIN;
  const bounded = { south: Math.max(-90, south), north: Math.min(90, north) };
  const world = [{ west: -180, east: 180, ...bounded }];
  if (south <= -90 || north >= 90) return world;
  const highest = Math.max(Math.abs(box.south), Math.abs(box.north)) * DEGREE;
  const sideways = Math.asin(Math.min(1, Math.sin(reach) / Math.cos(highest))) / DEGREE + MARGIN;
  const west = box.west - sideways;
  const east = box.east + sideways;
  if (east - west >= 360) return world;
  if (west < -180)
    return [
      { west: -180, east, ...bounded },
      { west: west + 360, east: 180, ...bounded },
    ];
  if (east > 180)
    return [
      { west, east: 180, ...bounded },
      { west: -180, east: east - 360, ...bounded },
    ];
  return [{ west, east, ...bounded }];
}
