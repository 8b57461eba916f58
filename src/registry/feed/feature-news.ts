import { canonicalJson } from '../../kernel/canonical-json.js';
import type { FeatureSpec } from '../twin.js';

/** Names of the features that a change of a twin touched; lists that would be empty are absent. */
export interface FeatureNews {
  readonly added?: readonly string[];
  readonly changed?: readonly string[];
  readonly removed?: readonly string[];
}

/** What differs between the features a twin had and those it has. */
export function featureNews(before: readonly FeatureSpec[], after: readonly FeatureSpec[]): FeatureNews {
  const old = new Map(before.map((feature) => [feature.name, feature]));
  const names = new Set(after.map(({ name }) => name));
  const added = after.filter(({ name }) => !old.has(name)).map(({ name }) => name);
  const changed = after.flatMap((feature) => {
    const previous = old.get(feature.name);
    return previous && canonicalJson(previous) !== canonicalJson(feature) ? [feature.name] : [];
  });
  const removed = before.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  return {
    ...(added.length > 0 ? { added } : {}),
    ...(changed.length > 0 ? { changed } : {}),
    ...(removed.length > 0 ? { removed } : {}),
  };
}
