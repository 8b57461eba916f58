import type { Conjunction } from './conjunction.js';
import type { Containment } from './containment.js';
import { breaking, type CompatibilityFinding, undecided } from './finding.js';
import type { SchemaNode } from './schema-source.js';
import type { SchemaView } from './schema-view.js';

/** Whether every value of `inner` meets an alternative (`anyOf`), or exactly one (`oneOf`), of `outer`. */
export function checkAlternatives(containment: Containment, inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
  return (['anyOf', 'oneOf'] as const).flatMap((keyword) => {
    const branches = outer.list.get(keyword);
    if (branches === undefined) return [];
    const isSame = inner.views.some((view) => containment.areSame(view.list.get(keyword) ?? [], branches));
    return isSame ? [] : fits(containment, inner, branches, keyword, at);
  });
}

function fits(
  containment: Containment,
  inner: Conjunction,
  branches: readonly SchemaNode[],
  keyword: 'anyOf' | 'oneOf',
  at: string,
): CompatibilityFinding[] {
  if (inner.isEmpty()) return [];
  const possible = branches.filter((branch) => !inner.with(branch).isEmpty());
  const [only] = possible;
  if (only === undefined) return [breaking(`${at}/${keyword}`, `no alternative of the ${containment.names.outer} schema allows it`)];
  if (possible.length === 1) return containment.check(inner, only, at);
  // Of oneOf, two alternatives that could both hold prove nothing.
  if (keyword === 'anyOf' && possible.some((branch) => containment.holds(inner, branch, at))) return [];
  const cases = inner.cases(true);
  if (cases !== undefined) return cases.flatMap((each) => fits(containment, each, branches, keyword, at));
  return [undecided(`${at}/${keyword}`, `that an alternative of the ${containment.names.outer} schema fits cannot be shown`)];
}
