import type { Geometry, Position } from 'geojson';
import { type Turn, turnOfPlainRing } from './plain-ring.js';

/** Positions of one ring that are looked at here. */
const MOST_POSITIONS = 10_000;
/** Degrees; smaller ones are read as 0 elsewhere. */
const SMALLEST_COORDINATE = 1e-20;

/** Room for the ring under way; reading it is synchronous. */
const xs = new Float64Array(MOST_POSITIONS);
const ys = new Float64Array(MOST_POSITIONS);

/**
 * A short cut of {@link parseGeometry} for what most areas are: a point, or a polygon without holes that is plainly simple, of plain positions. Gives what
 * parseGeometry gives, sharing the coordinates with the value; undefined says nothing: parseGeometry takes the closer look.
 */
export function readPlainGeometry(value: unknown): Geometry | undefined {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 2) return undefined;
  const { type, coordinates } = value as Record<string, unknown>;
  if (type === 'Point') return isPosition(coordinates) ? { type, coordinates } : undefined;
  if (type !== 'Polygon' || !Array.isArray(coordinates) || coordinates.length !== 1) return undefined;
  const ring: unknown = coordinates[0];
  if (!Array.isArray(ring)) return undefined;
  const turn = turnOf(ring);
  if (turn === undefined) return undefined;
  // Every element was looked at: a position of two numbers.
  const positions = ring as Position[];
  return { type, coordinates: [turn === 'left' ? positions : positions.toReversed()] };
}

function isCoordinate(value: unknown, limit: number): value is number {
  return typeof value === 'number' && value <= limit && value >= -limit && (Math.abs(value) >= SMALLEST_COORDINATE || Object.is(value, 0));
}

function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && value.length === 2 && isCoordinate(value[0], 180) && isCoordinate(value[1], 90);
}

function turnOf(ring: readonly unknown[]): Turn {
  const last = ring.length - 1;
  if (last < 3 || ring.length > MOST_POSITIONS) return undefined;
  for (let i = 0; i <= last; i++) {
    const position = ring[i];
    if (!isPosition(position)) return undefined;
    xs[i] = position[0] ?? 0;
    ys[i] = position[1] ?? 0;
  }
  if (xs[0] !== xs[last] || ys[0] !== ys[last]) return undefined;
  return turnOfPlainRing({ xs, ys, count: last });
}
