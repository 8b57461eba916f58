import { numberOf } from '../../../kernel/exact-json.js';
import { StepError } from '../semantic-step.js';

/** A position, by its first two numbers. */
export type Transform = (first: number, second: number) => readonly [number, number];

/** Deepest nesting of lists and geometries. */
const MAX_DEPTH = 16;

/** Changes every position in a position, a list of them, or a GeoJSON object; a height stays. @throws StepError for anything else */
export function changePositions(value: unknown, transform: Transform, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new StepError('is nested too deep to be coordinates');
  if (Array.isArray(value)) return changeList(value as unknown[], transform, depth);
  if (typeof value !== 'object' || value === null) throw new StepError('is neither coordinates nor GeoJSON');
  const members = value as Record<string, unknown>;
  if (Array.isArray(members.coordinates))
    return { ...withoutBox(members), coordinates: changePositions(members.coordinates, transform, depth + 1) };
  for (const name of ['geometry', 'geometries', 'features'] as const) {
    const inner = members[name];
    if (inner !== undefined && inner !== null) {
      const changed = Array.isArray(inner)
        ? inner.map((each) => changePositions(each, transform, depth + 1))
        : changePositions(inner, transform, depth + 1);
      return { ...withoutBox(members), [name]: changed };
    }
  }
  throw new StepError('is neither coordinates nor GeoJSON');
}

function changeList(list: readonly unknown[], transform: Transform, depth: number): unknown[] {
  const first = numberOf(list[0]);
  if (first === undefined) return list.map((each) => changePositions(each, transform, depth + 1));
  const second = numberOf(list[1]);
  if (second === undefined || list.length > 4) throw new StepError('has a position that is not two to four numbers');
  const [x, y] = transform(first, second);
  if (!Number.isFinite(x) || !Number.isFinite(y)) throw new StepError('has a position that is outside of the reference system');
  return [x, y, ...list.slice(2)];
}

/** A box in the old coordinates would be wrong; it can be made again. */
function withoutBox({ bbox: _bbox, ...members }: Record<string, unknown>): Record<string, unknown> {
  return members;
}
