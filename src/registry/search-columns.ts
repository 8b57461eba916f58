import { boundingBox } from '../kernel/geo/bounding-box.js';
import type { FeatureSpec, TwinProfile } from './twin.js';

/** Text of one weight that is indexed, in characters; what a profile holds beyond it is not found by text. */
const MAX_INDEXED = 60_000;

/** What is stored beside the profile so that it can be searched. */
export interface SearchColumns {
  readonly featureKeys: string[];
  /** PostgreSQL box: two opposite corners, longitude before latitude. */
  readonly areaBox: string | null;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  /** Name and domain. */
  readonly titleText: string;
  /** Labels, and names of features. */
  readonly nameText: string;
  /** Descriptions. */
  readonly proseText: string;
}

/** The key by which a feature is found; kinds hold no colon, so that the three forms never collide. */
export function featureKey(kind: FeatureSpec['kind'] | undefined, name: string | undefined): string {
  return name === undefined ? (kind ?? '') : `${kind ?? ''}:${name}`;
}

/** `trafficFlow` is found by flow as well. */
function withWords(name: string): string {
  const words = name.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2').replace(/[_.-]+/g, ' ');
  return words === name ? name : `${name} ${words}`;
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined)
    .join(' \n')
    .slice(0, MAX_INDEXED)
    .replace(/\p{Cs}/gu, '');
}

/** Derives the search columns of a checked profile. */
export function searchColumnsOf(profile: TwinProfile): SearchColumns {
  const { coverage, features } = profile;
  const box = coverage?.area && boundingBox(coverage.area);
  const keys = features.flatMap(({ kind, name }) => [featureKey(kind, undefined), featureKey(undefined, name), featureKey(kind, name)]);
  return {
    featureKeys: [...new Set(keys)],
    areaBox: box ? `((${box.east},${box.north}),(${box.west},${box.south}))` : null,
    validFrom: coverage?.validFrom ?? null,
    validTo: coverage?.validTo ?? null,
    titleText: joined([withWords(profile.name), withWords(profile.domain)]),
    nameText: joined([...Object.entries(profile.labels).flat(), ...features.map((feature) => withWords(feature.name))]),
    proseText: joined([profile.description, ...features.map((feature) => feature.description)]),
  };
}
