import type { Geometry } from 'geojson';
import { parseGeometry } from '../../kernel/geo/geometry-parser.js';
import { GeometryRefused } from '../../kernel/geo/geometry-refused.js';
import type { AreaLeaf, AreaRelation } from './query.js';
import { members, numberFrom, type Read, refusedAt } from './read-values.js';

/** Positions the geometries of one area may have. */
export const MAX_QUERY_POSITIONS = 1_000;
/** Half the circumference of the Earth, in meters, and a little more. */
export const FARTHEST_METERS = 20_050_000;

function positionsIn(value: unknown): number {
  let count = 0;
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (Array.isArray(next) && typeof next[0] === 'number') count += 1;
    else for (const member of Object.values(next)) rest.push(member);
  }
  return count;
}

/** A geometry of a query: sound, and of at most 1,000 positions. */
export const queryGeometry: Read<Geometry> = (value, pointer) => {
  const count = positionsIn(value);
  if (count > MAX_QUERY_POSITIONS) throw refusedAt(pointer, `has ${count} positions; a query geometry has at most ${MAX_QUERY_POSITIONS}`);
  try {
    return parseGeometry(value);
  } catch (error) {
    if (error instanceof GeometryRefused) throw refusedAt(pointer + error.pointer, error.detail);
    throw error;
  }
};

interface AreaMembers {
  intersects?: Geometry;
  within?: Geometry;
  contains?: Geometry;
  near?: Geometry;
  withinMeters?: number;
}

const readMembers = members<AreaMembers>({
  intersects: queryGeometry,
  within: queryGeometry,
  contains: queryGeometry,
  near: queryGeometry,
  withinMeters: numberFrom(0, FARTHEST_METERS, false),
});
const RELATIONS = ['intersects', 'within', 'contains', 'near'] as const satisfies readonly AreaRelation[];

/** One of intersects, within, contains, or near together with withinMeters. */
export function readArea(value: unknown, pointer: string): AreaLeaf[] {
  const given = readMembers(value, pointer);
  const [relation, other] = RELATIONS.filter((name) => given[name] !== undefined);
  if (relation === undefined) throw refusedAt(pointer, `needs one of ${RELATIONS.join(', ')}`);
  if (other !== undefined) throw refusedAt(`${pointer}/${other}`, `cannot be combined with ${relation}`);
  const { withinMeters: meters, [relation]: found } = given;
  if (relation === 'near' && meters === undefined) throw refusedAt(`${pointer}/withinMeters`, 'is required with near');
  if (relation !== 'near' && meters !== undefined) throw refusedAt(`${pointer}/withinMeters`, `belongs to near, not to ${relation}`);
  return found === undefined ? [] : [{ op: 'leaf', pointer, kind: 'area', relation, geometry: found, meters }];
}
