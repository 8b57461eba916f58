import type { Geometry } from 'geojson';
import { ANY_ELEMENT, featureKeyText, labelKeyText, memberKeyText, objectKeyText, searchKey } from './search-key.js';
import type { FeatureSpec, TwinProfile } from '../twin.js';

/** Longer texts have no key by value. */
export const LONGEST_KEYED_TEXT = 256;

/** Where the profile holds whole documents of others: their insides have keys by member name only. */
const DOCUMENTS: ReadonlySet<string> = new Set(
  [
    ...['features', 'needs'].flatMap((list) => ['schema', 'input', 'output', 'formatOptions'].map((member) => [list, ANY_ELEMENT, member])),
    ['coverage', 'area'],
  ].map((path) => path.join('/')),
);

const ARRAYS: ReadonlySet<string> = new Set([
  'features',
  'needs',
  'endpoints',
  'objectOfInterest',
  'accessTerms/purposes',
  'composition/parts',
]);

/** Whether the profile has an array here, if it has anything. */
export function isKnownArray(path: readonly string[]): boolean {
  return ARRAYS.has(path.join('/'));
}

/** Whether the insides of this place have no keys by path. */
export function isDocument(path: readonly string[]): boolean {
  return DOCUMENTS.has(path.join('/'));
}

/** The same places as the text of a path, as pathKeyText writes it. */
const DOCUMENT_STEPS: ReadonlySet<string> = new Set([...DOCUMENTS].map((path) => path.split('/').reduce(below, '')));
const AREA_STEPS = ['coverage', 'area'].reduce(below, '');
const FEATURES = 'features';

/** The text of a path with one more step. */
function below(steps: string, step: string): string {
  const text = step === ANY_ELEMENT ? '*' : JSON.stringify(step);
  return steps === '' ? text : `${steps}/${text}`;
}

class KeyCollector {
  readonly keys = new Set<number>();

  add(text: string): void {
    this.keys.add(searchKey(text));
  }
}

function addFeature(keys: KeyCollector, feature: FeatureSpec, dimension: string | undefined): void {
  const { kind, name, semanticType } = feature;
  for (const term of semanticType === undefined ? [undefined] : [undefined, semanticType]) {
    for (const called of [undefined, name]) {
      keys.add(featureKeyText({ kind, name: called, semanticType: term }));
      if (called !== undefined || term !== undefined) keys.add(featureKeyText({ name: called, semanticType: term }));
      if (dimension !== undefined) keys.add(featureKeyText({ name: called, semanticType: term, dimension }));
    }
  }
}

function addMembers(keys: KeyCollector, value: unknown): void {
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) for (const name of Object.keys(next)) keys.add(memberKeyText(name));
    else if (typeof next[0] === 'number') continue;
    for (const member of Object.values(next)) rest.push(member);
  }
}

/** Members of a geometry: none of its positions has any. */
function addGeometryMembers(keys: KeyCollector, geometry: Geometry): void {
  for (const name of Object.keys(geometry)) keys.add(memberKeyText(name));
  if (geometry.type === 'GeometryCollection') for (const part of geometry.geometries) addGeometryMembers(keys, part);
}

function addPlaces(keys: KeyCollector, value: unknown, steps: string): void {
  if (steps !== '') keys.add(`p ${steps}`);
  if (steps === AREA_STEPS) addGeometryMembers(keys, value as Geometry);
  else if (DOCUMENT_STEPS.has(steps)) addMembers(keys, value);
  else if (Array.isArray(value)) {
    const element = below(steps, ANY_ELEMENT);
    for (const each of value) addPlaces(keys, each, element);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) addMember(keys, name, member, steps);
  } else if (typeof value !== 'string' || value.length <= LONGEST_KEYED_TEXT) {
    keys.add(`v ${steps}=${JSON.stringify(value)}`);
  }
}

function addMember(keys: KeyCollector, name: string, value: unknown, steps: string): void {
  if (value === undefined) return;
  keys.add(memberKeyText(name));
  addPlaces(keys, value, below(steps, name));
}

/** Twins of one kind that come in a bulk share one list of features: its keys are the same for all. A dimension follows from the unit alone. */
const featureKeys = new WeakMap<readonly FeatureSpec[], ReadonlySet<number>>();

function keysOfFeatures(features: readonly FeatureSpec[], dimensionOf: (unit: string) => string | undefined): ReadonlySet<number> {
  const known = featureKeys.get(features);
  if (known !== undefined) return known;
  const keys = new KeyCollector();
  for (const feature of features) addFeature(keys, feature, feature.unit === undefined ? undefined : dimensionOf(feature.unit));
  addMember(keys, FEATURES, features, '');
  featureKeys.set(features, keys.keys);
  return keys.keys;
}

/** The keys of a checked profile. Their number is bounded by its size. */
export function keysOfProfile(profile: TwinProfile, dimensionOf: (unit: string) => string | undefined): number[] {
  const keys = new KeyCollector();
  for (const [name, value] of Object.entries(profile.labels)) {
    keys.add(labelKeyText(name));
    keys.add(labelKeyText(name, value));
  }
  for (const id of profile.objectOfInterest) keys.add(objectKeyText(id));
  for (const [name, value] of Object.entries(profile)) if (name !== FEATURES) addMember(keys, name, value, '');
  for (const key of keysOfFeatures(profile.features, dimensionOf)) keys.keys.add(key);
  return [...keys.keys];
}
