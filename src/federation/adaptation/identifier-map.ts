import type { IdentifierPairs } from '../../adaptor/plan/plan-terms.js';
import { canonicalJson } from '../../kernel/canonical-json.js';
import { DomainError, type ProblemPlace } from '../../problems/domain-error.js';
import { pointerToken } from '../../problems/dto-validation.js';

/** Most pairs of schemes in the map of a federation. */
export const MAX_SCHEME_PAIRS = 50;
/** Most identifiers in the map of a federation, over all schemes: plans write down those that they use. */
export const MAX_IDENTIFIER_PAIRS = 5_000;
/** Most characters of an identifier, and of the name of a scheme. */
export const MAX_IDENTIFIER_CHARACTERS = 256;

const MAX_ERRORS = 50;
const NO_LINE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** The pairs of two schemes as a request says them. */
export interface GivenSchemePairs {
  readonly from: string;
  readonly to: string;
  readonly pairs: unknown;
}

/**
 * The map that a request says, in the order of its schemes. Plans read it both ways, so two schemes are named together once, and no identifier stands for
 * two.
 * @throws DomainError `validation-failed` with a place for each that is wrong
 */
export function identifierMapOf(given: readonly GivenSchemePairs[]): IdentifierPairs[] {
  const errors: ProblemPlace[] = [];
  const seen = new Map<string, number>();
  let count = 0;
  const map = given.map(({ from, to, pairs }, index): IdentifierPairs => {
    const pointer = `/schemes/${index}`;
    const key = canonicalJson([from, to].sort());
    const other = seen.get(key);
    if (from === to) errors.push({ pointer: `${pointer}/to`, detail: 'is the scheme that it comes from' });
    else if (other !== undefined)
      errors.push({ pointer, detail: `names the two schemes of /schemes/${other} again; pairs are read both ways` });
    else seen.set(key, index);
    const known = readPairs(pairs, `${pointer}/pairs`, errors);
    count += known.length;
    return { from, to, pairs: Object.fromEntries(known) };
  });
  if (count > MAX_IDENTIFIER_PAIRS) errors.push({ pointer: '/schemes', detail: `have more than ${MAX_IDENTIFIER_PAIRS} pairs in all` });
  const [first] = errors;
  if (first === undefined) return map.sort((one, next) => order(one.from, next.from) || order(one.to, next.to));
  throw new DomainError('validation-failed', `${first.pointer} ${first.detail}.`, {
    pointer: first.pointer,
    errors: errors.slice(0, MAX_ERRORS),
  });
}

function readPairs(pairs: unknown, pointer: string, errors: ProblemPlace[]): [string, string][] {
  if (typeof pairs !== 'object' || pairs === null || Array.isArray(pairs)) {
    errors.push({ pointer, detail: 'must be an object of identifiers by identifiers' });
    return [];
  }
  const known: [string, string][] = [];
  const counterparts = new Map<string, string>();
  for (const [ours, theirs] of Object.entries(pairs as Record<string, unknown>)) {
    const at = `${pointer}/${pointerToken(ours)}`;
    const other = typeof theirs === 'string' ? counterparts.get(theirs) : undefined;
    if (!isIdentifier(ours)) errors.push({ pointer: at, detail: `is a name that ${RULE}` });
    else if (!isIdentifier(theirs)) errors.push({ pointer: at, detail: `must be text that ${RULE}` });
    else if (other !== undefined)
      errors.push({ pointer: at, detail: `is what ${other} stands for already, so that the way back is ambiguous` });
    else {
      counterparts.set(theirs, ours);
      known.push([ours, theirs]);
    }
  }
  return known;
}

const RULE = `has 1 to ${MAX_IDENTIFIER_CHARACTERS} characters, is not blank and has no controls`;

function isIdentifier(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= MAX_IDENTIFIER_CHARACTERS && !NO_LINE.test(value);
}

/** The order of the database's columns, which are compared by code points. */
function order(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
