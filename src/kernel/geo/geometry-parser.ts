import type { Geometry, Position } from 'geojson';
import { GeometryRefused } from './geometry-refused.js';
import { soundPolygon } from './polygon-validity.js';

/** Positions one geometry may have in all, closing positions of rings included. */
export const MAX_POSITIONS = 10_000;
/** A GeometryCollection may hold GeometryCollections, and those no more. */
export const MAX_COLLECTION_DEPTH = 2;

/** Degrees. Smaller values, among them -0, are read as 0: products of coordinates must not underflow where predicates are to be exact. */
const SMALLEST_COORDINATE = 1e-20;

const GEOMETRY_TYPES: ReadonlySet<unknown> = new Set<Geometry['type']>([
  'Point',
  'MultiPoint',
  'LineString',
  'MultiLineString',
  'Polygon',
  'MultiPolygon',
  'GeometryCollection',
]);

const AXES = [
  { name: 'longitude', limit: 180 },
  { name: 'latitude', limit: 90 },
] as const;

type Read<T> = (value: unknown, pointer: string) => T;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function escapeToken(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function elements(value: unknown, pointer: string, what: string): unknown[] {
  if (!Array.isArray(value)) throw new GeometryRefused(pointer, `an array of ${what} is expected`);
  return value as unknown[];
}

function nonEmpty(value: unknown, pointer: string, what: string): unknown[] {
  const list = elements(value, pointer, what);
  if (list.length === 0) throw new GeometryRefused(pointer, `at least one of the ${what} is expected`);
  return list;
}

class GeometryReader {
  private positions = 0;

  geometry(value: unknown, pointer: string, depth: number): Geometry {
    if (!isRecord(value)) throw new GeometryRefused(pointer, 'a GeoJSON geometry object is expected');
    const coordinates = value['coordinates'];
    const at = `${pointer}/coordinates`;
    this.refuseMembers(value, pointer);
    switch (value['type']) {
      case 'Point':
        return { type: 'Point', coordinates: this.position(coordinates, at) };
      case 'MultiPoint':
        return { type: 'MultiPoint', coordinates: this.listOf(this.position, 'positions')(coordinates, at) };
      case 'LineString':
        return { type: 'LineString', coordinates: this.line(coordinates, at) };
      case 'MultiLineString':
        return { type: 'MultiLineString', coordinates: this.listOf(this.line, 'lines')(coordinates, at) };
      case 'Polygon':
        return { type: 'Polygon', coordinates: this.polygon(coordinates, at) };
      case 'MultiPolygon':
        return { type: 'MultiPolygon', coordinates: this.listOf(this.polygon, 'polygons')(coordinates, at) };
      case 'GeometryCollection': {
        if (depth > MAX_COLLECTION_DEPTH) {
          throw new GeometryRefused(pointer, `collections are nested more than ${MAX_COLLECTION_DEPTH} deep`);
        }
        const read: Read<Geometry> = (member, below) => this.geometry(member, below, depth + 1);
        return { type: 'GeometryCollection', geometries: this.listOf(read, 'geometries')(value['geometries'], `${pointer}/geometries`) };
      }
      case 'Feature':
      case 'FeatureCollection':
        throw new GeometryRefused(`${pointer}/type`, `a geometry is expected, not a ${value['type']}`);
      default:
        throw new GeometryRefused(`${pointer}/type`, 'not a geometry type of RFC 7946');
    }
  }

  private refuseMembers(value: Record<string, unknown>, pointer: string): void {
    if (Object.hasOwn(value, 'crs')) {
      throw new GeometryRefused(`${pointer}/crs`, 'RFC 7946 removed crs: coordinates are WGS 84 longitude and latitude');
    }
    // An unknown type is the greater fault, and what members it may have is unknown.
    if (!GEOMETRY_TYPES.has(value['type'])) return;
    const content = value['type'] === 'GeometryCollection' ? 'geometries' : 'coordinates';
    for (const name of Object.keys(value)) {
      if (name === 'bbox') this.checkBbox(value[name], `${pointer}/bbox`);
      else if (name !== 'type' && name !== content) {
        throw new GeometryRefused(`${pointer}/${escapeToken(name)}`, 'not a member of this geometry');
      }
    }
  }

  private checkBbox(value: unknown, pointer: string): void {
    const sound = Array.isArray(value) && (value.length === 4 || value.length === 6) && value.every((n) => Number.isFinite(n));
    if (!sound) throw new GeometryRefused(pointer, 'a bbox is four or six numbers');
  }

  private listOf<T>(read: Read<T>, what: string): Read<T[]> {
    return (value, pointer) => {
      const list = nonEmpty(value, pointer, what);
      if (list.length > MAX_POSITIONS) throw new GeometryRefused(pointer, `more than ${MAX_POSITIONS} positions`);
      return list.map((element, i) => read(element, `${pointer}/${i}`));
    };
  }

  private readonly position: Read<Position> = (value, pointer) => {
    const list = elements(value, pointer, 'numbers');
    if (list.length !== 2 && list.length !== 3) {
      throw new GeometryRefused(pointer, 'a position is longitude, latitude and, optionally, altitude');
    }
    if (++this.positions > MAX_POSITIONS) throw new GeometryRefused(pointer, `more than ${MAX_POSITIONS} positions`);
    return list.map((coordinate, axis) => {
      if (typeof coordinate !== 'number' || !Number.isFinite(coordinate)) {
        throw new GeometryRefused(`${pointer}/${axis}`, 'a coordinate is a finite number');
      }
      const range = AXES[axis];
      if (range && Math.abs(coordinate) > range.limit) {
        throw new GeometryRefused(`${pointer}/${axis}`, `a ${range.name} is between -${range.limit} and ${range.limit}`);
      }
      return range && Math.abs(coordinate) < SMALLEST_COORDINATE ? 0 : coordinate;
    });
  };

  private readonly line: Read<Position[]> = (value, pointer) => {
    const line = this.listOf(this.position, 'positions')(value, pointer);
    if (line.length < 2) throw new GeometryRefused(pointer, 'a line has at least two positions');
    return line;
  };

  private readonly ring: Read<Position[]> = (value, pointer) => {
    const ring = this.listOf(this.position, 'positions')(value, pointer);
    if (ring.length < 4) throw new GeometryRefused(pointer, 'a ring has at least four positions');
    const [first, last] = [ring[0], ring.at(-1)];
    if (first?.length !== last?.length || first?.some((coordinate, axis) => coordinate !== last?.[axis])) {
      throw new GeometryRefused(pointer, 'a ring is closed: its last position repeats the first');
    }
    return ring;
  };

  private readonly polygon: Read<Position[][]> = (value, pointer) => {
    return soundPolygon(this.listOf(this.ring, 'rings')(value, pointer), pointer);
  };
}

/**
 * Reads a GeoJSON geometry object (RFC 7946 §3.1): any of the seven types, at most 10,000 positions, coordinates in degrees of WGS 84. Throws
 * GeometryRefused at the first fault, among them polygons whose rings are open, flat, crossing, misplaced or touching so as to cut the
 * interior. Rings wound the wrong way are turned to the right-hand rule; altitudes are kept and mean nothing here; a `bbox` is checked for
 * its shape and left out, since the broker computes its own. Polygons of one MultiPolygon are not compared with each other.
 */
export function parseGeometry(value: unknown): Geometry {
  return new GeometryReader().geometry(value, '', 1);
}
