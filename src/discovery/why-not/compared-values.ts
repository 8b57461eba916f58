import { boundingBox } from '../../kernel/geo/bounding-box.js';
import { distanceMeters } from '../../kernel/geo/distance.js';
import { prepareGeometry } from '../../kernel/geo/prepared-geometry.js';
import type { FeatureSpec, TwinRecord } from '../../registry/twin.js';
import { type FeatureCriterion, type Leaf } from '../query/query.js';

/** What a criterion asks for and what the twin has in its place. Of a JSONPath or a text, what the twin has is too much to show. */
export interface ComparedValues {
  readonly wanted: unknown;
  readonly actual: unknown;
}

/** Features of the twin that are shown beside the one asked for: those that come nearest to it. */
const MAX_SHOWN = 10;

/** A feature beside the one asked for, and in what it differs. */
interface ComparedFeature {
  readonly kind: FeatureSpec['kind'];
  readonly name: string;
  readonly semanticType: string | undefined;
  readonly unit: string | undefined;
  readonly differs: readonly string[];
}

/** Puts beside what a leaf asks for what the twin has. `lookedUp`: of a text, the words that the twin lacks; of partOf, what it is directly a part of. */
export function comparedValues(
  leaf: Leaf,
  { id, owner, profile, status }: TwinRecord,
  lookedUp: readonly string[],
  dimensionOf: (unit: string) => string | undefined,
): ComparedValues {
  const { coverage, synchronization } = profile;
  switch (leaf.kind) {
    case 'domain':
      return { wanted: leaf.domains, actual: profile.domain };
    case 'owner':
      return { wanted: leaf.owners, actual: owner };
    case 'label':
      return { wanted: { name: leaf.name, value: leaf.value }, actual: ownLabel(profile.labels, leaf.name) };
    case 'object':
      return { wanted: leaf.id, actual: profile.objectOfInterest };
    case 'text':
      return { wanted: leaf.text, actual: { lacking: lookedUp } };
    case 'feature':
      return { wanted: leaf.feature, actual: nearestFeatures(profile.features, leaf.feature, dimensionOf) };
    case 'area':
      return {
        wanted: { relation: leaf.relation, extent: boundingBox(leaf.geometry), ...(leaf.meters !== undefined && { meters: leaf.meters }) },
        actual: coverage?.area && {
          extent: boundingBox(coverage.area),
          ...(leaf.relation === 'near' && { meters: Math.round(distanceMeters(coverage.area, prepareGeometry(leaf.geometry))) }),
        },
      };
    case 'validAt':
      return { wanted: leaf.at, actual: { validFrom: coverage?.validFrom, validTo: coverage?.validTo } };
    case 'validity':
      return { wanted: { from: leaf.from, to: leaf.to }, actual: { validFrom: coverage?.validFrom, validTo: coverage?.validTo } };
    case 'maxPeriodMs':
      return { wanted: leaf.ms, actual: synchronization?.periodMs };
    case 'maxAgeMs':
      return { wanted: leaf.ms, actual: synchronization?.desiredAgeMs };
    case 'status':
      return { wanted: leaf.statuses, actual: status };
    case 'ids':
      return { wanted: leaf.ids, actual: id };
    case 'partOf':
      return { wanted: leaf.whole, actual: lookedUp };
    case 'aggregated':
      return { wanted: leaf.isAggregated, actual: profile.composition !== undefined };
    case 'jsonPath':
      return { wanted: leaf.path, actual: undefined };
  }
}

function ownLabel(labels: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(labels, name) ? labels[name] : undefined;
}

function nearestFeatures(
  features: readonly FeatureSpec[],
  wanted: FeatureCriterion,
  dimensionOf: (unit: string) => string | undefined,
): ComparedFeature[] {
  return features
    .map((feature) => compareFeature(feature, wanted, dimensionOf))
    .toSorted((a, b) => a.differs.length - b.differs.length)
    .slice(0, MAX_SHOWN);
}

function compareFeature(
  { kind, name, semanticType, unit }: FeatureSpec,
  wanted: FeatureCriterion,
  dimensionOf: (unit: string) => string | undefined,
): ComparedFeature {
  const wantedKind = wanted.callableByMe === true ? 'function' : wanted.kind;
  const differs = [
    wantedKind !== undefined && wantedKind !== kind ? 'kind' : undefined,
    wanted.name !== undefined && wanted.name !== name ? 'name' : undefined,
    wanted.semanticTerm !== undefined && !(semanticType !== undefined && (wanted.terms ?? []).includes(semanticType))
      ? 'semanticTerm'
      : undefined,
    wanted.unit !== undefined && (unit === undefined || dimensionOf(unit) !== wanted.dimension) ? 'unit' : undefined,
  ];
  return { kind, name, semanticType, unit, differs: differs.filter((each) => each !== undefined) };
}
