import { DomainError } from '../../problems/domain-error.js';
import { pointerToken } from '../../problems/dto-validation.js';
import { CRITERIA } from './read-criteria.js';
import { isRecord, refusedAt } from './read-values.js';
import { leavesOf, type Leaf, type Query } from './query.js';

/** How deep all, any and not may be nested. */
export const MAX_QUERY_DEPTH = 8;
/** Criteria in one query. */
export const MAX_LEAVES = 100;

/**
 * One object is everything it names, joined by all: criteria, and all, any, not over further such objects.
 * @throws DomainError `validation-failed` naming the place
 */
function readObject(value: unknown, pointer: string, depth: number): Query {
  if (depth > MAX_QUERY_DEPTH) throw refusedAt(pointer, `is nested more than ${MAX_QUERY_DEPTH} deep`);
  if (!isRecord(value)) throw refusedAt(pointer, 'must be an object');
  const parts = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]): Query => {
      const at = `${pointer}/${pointerToken(name)}`;
      if (name === 'not') return { op: 'not', part: readObject(member, at, depth + 1) };
      if (name === 'all' || name === 'any') return { op: name, parts: readList(member, at, depth + 1) };
      const read = Object.hasOwn(CRITERIA, name) ? CRITERIA[name as keyof typeof CRITERIA] : undefined;
      if (read === undefined) throw refusedAt(at, `is no criterion; there are all, any, not, ${Object.keys(CRITERIA).join(', ')}`);
      const leaves = read(member, at);
      const [only] = leaves;
      return only !== undefined && leaves.length === 1 ? only : { op: 'all', parts: leaves };
    });
  const [only] = parts;
  return only !== undefined && parts.length === 1 ? only : { op: 'all', parts };
}

function readList(value: unknown, pointer: string, depth: number): Query[] {
  if (!Array.isArray(value) || value.length === 0) throw refusedAt(pointer, 'must be a list of at least one query');
  if (value.length > MAX_LEAVES) throw refusedAt(pointer, `must have at most ${MAX_LEAVES} queries`);
  return value.map((part, index) => readObject(part, `${pointer}/${index}`, depth));
}

/** @throws DomainError `validation-failed` for more than {@link MAX_LEAVES} criteria, ten areas, ten JSONPaths or ten wholes */
export function refuseTooMany(leaves: readonly Leaf[]): void {
  if (leaves.length > MAX_LEAVES) {
    throw new DomainError('validation-failed', `A query has at most ${MAX_LEAVES} criteria; this has ${leaves.length}.`, { pointer: '' });
  }
  const areas = leaves.filter((leaf) => leaf.kind === 'area');
  const last = areas.at(MAX_AREAS);
  if (last !== undefined) throw refusedAt(last.pointer, `is one area too many: a query has at most ${MAX_AREAS}`);
  const wholes = leaves.filter((leaf) => leaf.kind === 'partOf').at(MAX_WHOLES);
  if (wholes !== undefined) throw refusedAt(wholes.pointer, `is one partOf too many: a query has at most ${MAX_WHOLES}`);
  const paths = leaves.filter((leaf) => leaf.kind === 'jsonPath').at(MAX_PATHS);
  if (paths !== undefined) throw refusedAt(paths.pointer, `is one JSONPath too many: a query has at most ${MAX_PATHS}`);
}

const MAX_AREAS = 10;
const MAX_PATHS = 10;
const MAX_WHOLES = 10;

/**
 * Reads a query document. Terms and words are not looked up yet: see QueryResolver.
 * @param pointer where it stands in what the caller sent
 * @throws DomainError `validation-failed` naming the place
 */
export function readQuery(value: unknown, pointer = ''): Query {
  const query = readObject(value, pointer, 1);
  refuseTooMany(leavesOf(query));
  return query;
}
