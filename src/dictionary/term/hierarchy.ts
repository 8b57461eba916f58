import { DomainError } from '../../problems/domain-error.js';

/** Levels of broader terms that may lie above a term. */
export const MAX_LEVELS = 64;

/** That one term is broader than another. */
export interface BroaderEdge {
  readonly term: string;
  readonly target: string;
}

/** A term on a cycle of broader terms, if there is one: what is left once terms with nothing left above them are taken away again and again. */
export function findOnCycle(edges: readonly BroaderEdge[]): string | undefined {
  const above = new Map<string, number>();
  const below = new Map<string, string[]>();
  for (const { term, target } of edges) {
    above.set(term, (above.get(term) ?? 0) + 1);
    if (!above.has(target)) above.set(target, 0);
    below.set(target, [...(below.get(target) ?? []), term]);
  }
  const free = [...above].filter(([, count]) => count === 0).map(([iri]) => iri);
  for (let iri = free.pop(); iri !== undefined; iri = free.pop()) {
    above.delete(iri);
    for (const term of below.get(iri) ?? []) {
      const left = (above.get(term) ?? 0) - 1;
      above.set(term, left);
      if (left === 0) free.push(term);
    }
  }
  // What remains lies on a cycle or below one; going up from any of it leads onto the cycle.
  const up = new Map(edges.filter(({ term, target }) => above.has(term) && above.has(target)).map(({ term, target }) => [term, target]));
  const seen = new Set<string>();
  let at = up.keys().next().value;
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    at = up.get(at);
  }
  return at;
}

/**
 * Refuses terms that are broader than themselves.
 * @param broaderOf what is directly broader than some terms, as it will be stored
 * @throws DomainError `state-conflict` for a cycle, or for more than {@link MAX_LEVELS} levels
 */
export async function refuseCycles(
  iris: readonly string[],
  broaderOf: (iris: readonly string[]) => Promise<readonly BroaderEdge[]>,
): Promise<void> {
  const edges: BroaderEdge[] = [];
  const seen = new Set(iris);
  let level = [...iris];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_LEVELS) throw new DomainError('state-conflict', `There are more than ${MAX_LEVELS} levels of broader terms.`, place());
    const found = await broaderOf(level);
    edges.push(...found);
    level = [...new Set(found.map(({ target }) => target))].filter((iri) => !seen.has(iri));
    for (const iri of level) seen.add(iri);
  }
  const onCycle = findOnCycle(edges);
  if (onCycle !== undefined) {
    throw new DomainError('state-conflict', `The term ${onCycle} would be broader than itself, by way of others.`, place());
  }
}

function place(): { pointer: string } {
  return { pointer: '/broader' };
}
