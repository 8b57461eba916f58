import type { FeatureSpec } from '../../registry/twin.js';
import { type FeatureCriterion, type Query, wantedLeaves } from './query.js';

function meets(feature: FeatureSpec, wanted: FeatureCriterion, dimensionOf: (unit: string) => string | undefined): boolean {
  const { kind, name, semanticTerm, terms = [], unit, dimension, callableByMe } = wanted;
  return (
    (kind ?? feature.kind) === feature.kind &&
    (name ?? feature.name) === feature.name &&
    (semanticTerm === undefined || (feature.semanticType !== undefined && terms.includes(feature.semanticType))) &&
    (unit === undefined || (feature.unit !== undefined && dimension !== undefined && dimensionOf(feature.unit) === dimension)) &&
    (callableByMe !== true || feature.kind === 'function')
  );
}

/** The features of a match by which it was found; all of them, when none were asked for. */
export function matchedFeatures(
  query: Query,
  features: readonly FeatureSpec[],
  dimensionOf: (unit: string) => string | undefined,
): FeatureSpec[] {
  const wanted = wantedLeaves(query).filter((leaf) => leaf.kind === 'feature');
  return wanted.length === 0 ? [...features] : features.filter((each) => wanted.some((leaf) => meets(each, leaf.feature, dimensionOf)));
}
