import { pointerToken } from '../../problems/dto-validation.js';
import type { AdaptationLoss } from '../plan/adaptation-plan.js';

/** A place that came back otherwise than it went. */
export interface RoundTripDifference {
  readonly pointer: string;
  /** Kind of the loss that declares it; absent: nobody said so. */
  readonly loss?: string;
}

/** Most places that are named. */
const MAX_DIFFERENCES = 200;

/** What of the original is not in what came back, each place with the loss that says so. What came back beside it does not count. */
export function roundTripDifferences(
  original: unknown,
  back: unknown,
  losses: readonly AdaptationLoss[],
  named: ReadonlySet<string>,
): RoundTripDifference[] {
  const places: string[] = [];
  collect(original, back, '', places);
  return places.map((pointer) => {
    const loss = losses.find((each) => declares(each, pointer, named))?.kind;
    return { pointer, ...(loss === undefined ? {} : { loss }) };
  });
}

function collect(original: unknown, back: unknown, pointer: string, places: string[]): void {
  if (places.length >= MAX_DIFFERENCES || Object.is(original, back)) return;
  const isContainer = typeof original === 'object' && original !== null;
  if (!isContainer || Object.keys(original).length === 0) {
    if (!isContainer || JSON.stringify(original) !== JSON.stringify(back)) places.push(pointer);
    return;
  }
  const other =
    typeof back === 'object' && back !== null && Array.isArray(back) === Array.isArray(original) ? (back as Record<string, unknown>) : {};
  for (const [name, member] of Object.entries(original)) {
    collect(member, Object.hasOwn(other, name) ? other[name] : undefined, `${pointer}/${pointerToken(name)}`, places);
  }
}

/** A loss at a place is one of all beneath it. What no schema names goes by a loss of its own kind. */
function declares({ kind, pointer }: AdaptationLoss, place: string, named: ReadonlySet<string>): boolean {
  const tokens = place.split('/').slice(1);
  if (pointer === undefined) return kind === 'unnamed-dropped' ? !isNamed(tokens, named) : kind !== 'rounding';
  const at = pointer === '' ? [] : pointer.split('/').slice(1);
  return (
    at.length <= tokens.length &&
    at.every((token, index) => token === tokens[index] || (token === '*' && /^\d+$/.test(tokens[index] ?? '')))
  );
}

function isNamed(tokens: readonly string[], named: ReadonlySet<string>): boolean {
  const pattern = tokens.map((token) => `/${/^\d+$/.test(token) ? '*' : token}`);
  return named.has(pattern.join('')) || named.has(tokens.map((token) => `/${token}`).join(''));
}
