import { ANY_ELEMENT, featureKeyText, labelKeyText, memberKeyText, objectKeyText, pathKeyText, searchKey } from './search-key.js';
import type { FeatureSpec, TwinProfile } from './twin.js';

/** Longer texts have no key by value. */
export const LONGEST_KEYED_TEXT = 256;

/** Where the profile holds whole documents of others: their insides have keys by member name only. */
const DOCUMENTS: ReadonlySet<string> = new Set(
  [
    ['features', ANY_ELEMENT, 'schema'],
    ['features', ANY_ELEMENT, 'input'],
    ['features', ANY_ELEMENT, 'output'],
    ['coverage', 'area'],
  ].map((path) => path.join('/')),
);

const ARRAYS: ReadonlySet<string> = new Set(['features', 'endpoints', 'objectOfInterest', 'accessTerms/purposes', 'composition/parts']);

/** Whether the profile has an array here, if it has anything. */
export function isKnownArray(path: readonly string[]): boolean {
  return ARRAYS.has(path.join('/'));
}

/** Whether the insides of this place have no keys by path. */
export function isDocument(path: readonly string[]): boolean {
  return DOCUMENTS.has(path.join('/'));
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

function addPlaces(keys: KeyCollector, value: unknown, path: readonly string[]): void {
  if (path.length > 0) keys.add(pathKeyText(path));
  if (isDocument(path)) {
    addMembers(keys, value);
    return;
  }
  if (Array.isArray(value)) {
    for (const element of value) addPlaces(keys, element, [...path, ANY_ELEMENT]);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      keys.add(memberKeyText(name));
      addPlaces(keys, member, [...path, name]);
    }
  } else if (typeof value !== 'string' || value.length <= LONGEST_KEYED_TEXT) {
    keys.add(pathKeyText(path, value as string | number | boolean | null));
  }
}

/** The keys of a checked profile. Their number is bounded by its size. */
export function keysOfProfile(profile: TwinProfile, dimensionOf: (unit: string) => string | undefined): number[] {
  const keys = new KeyCollector();
  for (const feature of profile.features) {
    addFeature(keys, feature, feature.unit === undefined ? undefined : dimensionOf(feature.unit));
  }
  for (const [name, value] of Object.entries(profile.labels)) {
    keys.add(labelKeyText(name));
    keys.add(labelKeyText(name, value));
  }
  for (const id of profile.objectOfInterest) keys.add(objectKeyText(id));
  addPlaces(keys, profile, []);
  return [...keys.keys];
}
