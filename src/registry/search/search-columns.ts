import { type BoundingBox, boundingBoxes } from '../../kernel/geo/bounding-box.js';
import { encodeShape } from '../../kernel/geo/shape-codec.js';
import { keysOfProfile } from './search-keys.js';
import type { FeatureSpec, TwinProfile } from '../twin.js';

/** Text of one weight that is indexed, in characters; what a profile holds beyond it is not found by text. */
const MAX_INDEXED = 60_000;
const MAX_NAME_KEY = 200;

/** What is stored beside the profile so that it can be searched. */
export interface SearchColumns {
  readonly nameKey: string;
  readonly periodMs: number | null;
  readonly desiredAgeMs: number | null;
  readonly validFrom: string | null;
  readonly validTo: string | null;
  /** PostgreSQL box: two opposite corners, longitude before latitude. */
  readonly areaBox: string | null;
  readonly shape: Buffer | null;
  readonly keys: readonly number[];
  /** What can be counted: `f ` and a feature's name, `l ` and a label as `name=value`. */
  readonly facetValues: readonly string[];
  /** Name and domain. */
  readonly titleText: string;
  /** Labels, and names of features. */
  readonly nameText: string;
  /** Descriptions. */
  readonly proseText: string;
}

/** `trafficFlow` is found by flow as well. */
function withWords(name: string): string {
  const words = name.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2').replace(/[_.-]+/g, ' ');
  return words === name ? name : `${name} ${words}`;
}

function joined(parts: readonly (string | undefined)[]): string {
  return withoutHalves(
    parts
      .filter((part) => part !== undefined)
      .join(' \n')
      .slice(0, MAX_INDEXED),
  );
}

/** What was cut may end with half a character. */
function withoutHalves(text: string): string {
  return (text as string & { isWellFormed(): boolean }).isWellFormed() ? text : text.replace(/\p{Cs}/gu, '');
}

/** What is searched of features; twins of one kind that come in a bulk share one list of them. */
interface FeatureTexts {
  readonly facets: readonly string[];
  readonly names: readonly string[];
  readonly descriptions: readonly (string | undefined)[];
}

const featureTexts = new WeakMap<readonly FeatureSpec[], FeatureTexts>();

function textsOf(features: readonly FeatureSpec[]): FeatureTexts {
  let texts = featureTexts.get(features);
  if (texts === undefined) {
    texts = {
      facets: [...new Set(features.map(({ name }) => `f ${name}`))],
      names: features.map(({ name }) => withWords(name)),
      descriptions: features.map(({ description }) => description),
    };
    featureTexts.set(features, texts);
  }
  return texts;
}

/** The key of a name in pages by name: its beginning in lower case. */
export function nameKeyOf(name: string): string {
  return withoutHalves(name.toLowerCase().slice(0, MAX_NAME_KEY));
}

/** One box; of an area cut at the antimeridian, one that goes on beyond longitude 180. */
export function storedBox(boxes: readonly BoundingBox[]): BoundingBox | undefined {
  const [eastern, western] = boxes;
  if (eastern === undefined || western === undefined) return eastern;
  return {
    west: eastern.west,
    east: western.east + 360,
    south: Math.min(eastern.south, western.south),
    north: Math.max(eastern.north, western.north),
  };
}

function areaColumns(area: NonNullable<TwinProfile['coverage']>['area']): Pick<SearchColumns, 'areaBox' | 'shape'> {
  const box = area && storedBox(boundingBoxes(area));
  if (area === undefined || box === undefined) return { areaBox: null, shape: null };
  return {
    areaBox: `((${box.east},${box.north}),(${box.west},${box.south}))`,
    shape: area.type === 'Point' ? null : encodeShape(area),
  };
}

/**
 * Derives the search columns of a checked profile.
 * @param dimensionOf dimension of a unit; undefined for one that cannot be read
 */
export function searchColumnsOf(profile: TwinProfile, dimensionOf: (unit: string) => string | undefined): SearchColumns {
  const { coverage, features, labels, synchronization } = profile;
  const { facets, names, descriptions } = textsOf(features);
  return {
    nameKey: nameKeyOf(profile.name),
    periodMs: synchronization?.periodMs ?? null,
    desiredAgeMs: synchronization?.desiredAgeMs ?? null,
    validFrom: coverage?.validFrom ?? null,
    validTo: coverage?.validTo ?? null,
    ...areaColumns(coverage?.area),
    keys: keysOfProfile(profile, dimensionOf),
    facetValues: [...facets, ...Object.entries(labels).map(([name, value]) => `l ${name}=${value}`)],
    titleText: joined([withWords(profile.name), withWords(profile.domain)]),
    nameText: joined([...Object.entries(labels).flat(), ...names]),
    proseText: joined([profile.description, ...descriptions]),
  };
}
