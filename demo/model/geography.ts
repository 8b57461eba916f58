import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Feature, FeatureCollection, Geometry, MultiLineString, MultiPolygon, Polygon } from 'geojson';
import type { Position } from './world.js';

/** Meters per degree of latitude, and of longitude at the equator: a sphere is good enough across a city. */
const METERS_PER_DEGREE = 111_195;

type Borough = Feature<Polygon | MultiPolygon, { name: string }>;
type TubeLine = Feature<MultiLineString, { name: string }>;

/** Beside the sources; the compiled demonstration lies three folders further down. */
function read<F>(file: string): F[] {
  const places = ['../data', '../../../demo/data'].map((folder) => join(import.meta.dirname, folder, file));
  const path = places.find((place) => existsSync(place));
  if (path === undefined) throw new Error(`The geometry of London is missing: ${file} is not in demo/data.`);
  return (JSON.parse(readFileSync(path, 'utf8')) as FeatureCollection).features as F[];
}

const BOROUGHS = read<Borough>('london-boroughs.geojson');
const TUBE_LINES = read<TubeLine>('london-tube-lines.geojson');

/** East and north of the origin, in meters. */
function planar([longitude, latitude]: Position, origin: Position): [number, number] {
  const east = (longitude - origin[0]) * METERS_PER_DEGREE * Math.cos((origin[1] * Math.PI) / 180);
  return [east, (latitude - origin[1]) * METERS_PER_DEGREE];
}

/** The place so many meters away on a bearing (degrees clockwise from north). */
export function destination(from: Position, bearing: number, meters: number): Position {
  const angle = (bearing * Math.PI) / 180;
  const north = (meters * Math.cos(angle)) / METERS_PER_DEGREE;
  const east = (meters * Math.sin(angle)) / (METERS_PER_DEGREE * Math.cos((from[1] * Math.PI) / 180));
  return [from[0] + east, from[1] + north];
}

/** Meters from the origin to the stretch between two places. */
function distanceToStretch(origin: Position, start: Position, end: Position): number {
  const [x1, y1] = planar(start, origin);
  const [x2, y2] = planar(end, origin);
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, -(x1 * dx + y1 * dy) / length));
  return Math.hypot(x1 + along * dx, y1 + along * dy);
}

function distanceToLine(origin: Position, line: readonly number[][]): number {
  return Math.min(...line.slice(1).map((end, i) => distanceToStretch(origin, positionOf(line[i]), positionOf(end))));
}

function positionOf(coordinates: readonly number[] | undefined): Position {
  return [coordinates?.[0] ?? 0, coordinates?.[1] ?? 0];
}

/** Even-odd rule. */
function isInRing([x, y]: Position, ring: readonly number[][]): boolean {
  let inside = false;
  for (const [i, end] of ring.slice(1).entries()) {
    const [[x1, y1], [x2, y2]] = [positionOf(ring[i]), positionOf(end)];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

function shellsOf({ geometry }: Borough): number[][][][] {
  return geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
}

/** The borough a place lies in; undefined over the Thames and outside London. */
export function boroughAt(place: Position): string | undefined {
  return BOROUGHS.find((borough) => shellsOf(borough).some((rings) => rings[0] !== undefined && isInRing(place, rings[0])))?.properties
    .name;
}

/** Boroughs that reach within so many meters of a place, by name. */
export function boroughsWithin(place: Position, meters: number): string[] {
  const home = boroughAt(place);
  return BOROUGHS.filter(
    (borough) =>
      borough.properties.name === home ||
      shellsOf(borough).some((rings) => rings[0] !== undefined && distanceToLine(place, rings[0]) <= meters),
  ).map(({ properties }) => properties.name);
}

/** Underground and DLR lines that pass within so many meters of a place, by name. */
export function tubeLinesWithin(place: Position, meters: number): string[] {
  return TUBE_LINES.filter(({ geometry }) => geometry.coordinates.some((line) => distanceToLine(place, line) <= meters)).map(
    ({ properties }) => properties.name,
  );
}

/** The boroughs' areas as one GeoJSON geometry. Neighbours share edges, which a MultiPolygon must not have; a collection may. */
export function areaOf(names: readonly string[]): Geometry {
  const geometries = BOROUGHS.filter(({ properties }) => names.includes(properties.name)).map(({ geometry }) => geometry);
  const [first, ...others] = geometries;
  return first !== undefined && others.length === 0 ? first : { type: 'GeometryCollection', geometries };
}

/** Every borough of London. */
export function allBoroughs(): string[] {
  return BOROUGHS.map(({ properties }) => properties.name);
}
