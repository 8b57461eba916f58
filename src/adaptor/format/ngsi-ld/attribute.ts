import { isExactNumber } from '../../../kernel/exact-json.js';
import { FormatError } from '../payload-format.js';

/** Kinds of attributes of ETSI GS CIM 009 (NGSI-LD 1.8), each with the member that holds its value. */
export const ATTRIBUTE_KINDS: ReadonlyMap<string, string> = new Map([
  ['Property', 'value'],
  ['Relationship', 'object'],
  ['GeoProperty', 'value'],
  ['LanguageProperty', 'languageMap'],
  ['VocabProperty', 'vocab'],
  ['JsonProperty', 'json'],
  ['ListProperty', 'valueList'],
  ['ListRelationship', 'objectList'],
]);

/** A kind of attribute. */
export type AttributeKind =
  'Property' | 'Relationship' | 'GeoProperty' | 'LanguageProperty' | 'VocabProperty' | 'JsonProperty' | 'ListProperty' | 'ListRelationship';

/** An attribute as it is written. */
export type Attribute = Readonly<Record<string, unknown>>;

const VALUE_MEMBERS = ['value', 'object', 'languageMap', 'vocab', 'json', 'valueList', 'objectList'] as const;

const GEOMETRIES = new Set(['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon']);

/** Whether a value is a JSON object, a number that no double holds being none. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isExactNumber(value);
}

/** Whether a value is a GeoJSON geometry. */
export function isGeometry(value: Readonly<Record<string, unknown>>): boolean {
  return typeof value.type === 'string' && GEOMETRIES.has(value.type) && Array.isArray(value.coordinates);
}

/**
 * The attribute of a normalized entity that is meant: itself, or of several instances the one without a `datasetId`.
 * @throws FormatError when it is none
 */
export function normalizedAttribute(found: unknown, name: string): Attribute {
  const attribute = Array.isArray(found) ? defaultInstance(found, name) : found;
  if (isRecord(attribute) && typeof attribute.type === 'string') return attribute;
  throw new FormatError(`the attribute ${name} is not an object with a type`);
}

/** The attribute of a concise entity, when it is written as one; undefined when it stands as its value. */
export function conciseAttribute(found: unknown, name: string): Attribute | undefined {
  if (Array.isArray(found)) return hasInstances(found) ? conciseAttribute(defaultInstance(found, name), name) : undefined;
  return isRecord(found) && !isGeometry(found) && isAttributeLike(found) ? found : undefined;
}

/** Whether a concise reader takes an object for an attribute. */
export function isAttributeLike(object: Readonly<Record<string, unknown>>): boolean {
  return (
    VALUE_MEMBERS.some((member) => object[member] !== undefined) || (typeof object.type === 'string' && ATTRIBUTE_KINDS.has(object.type))
  );
}

/** Whether a concise reader takes an array for several instances of an attribute. */
export function hasInstances(array: readonly unknown[]): boolean {
  return array.some((element) => isRecord(element) && typeof element.datasetId === 'string');
}

function defaultInstance(instances: readonly unknown[], name: string): unknown {
  const found = instances.filter((instance) => isRecord(instance) && instance.datasetId === undefined);
  if (found.length === 1) return found[0];
  throw new FormatError(
    `the attribute ${name} has ${instances.length} instances, ${found.length} of them without a datasetId: which one is meant?`,
  );
}

/**
 * The value of an attribute by its type, or in the concise form by its members.
 * @throws FormatError when it has none
 */
export function attributeValue(attribute: Attribute, name: string): unknown {
  switch (attribute.type) {
    case 'Property':
    case 'GeoProperty':
      if (attribute.value !== undefined) return attribute.value;
      break;
    case 'Relationship':
      if (attribute.object !== undefined) return attribute.object;
      break;
    case 'ListRelationship':
      if (Array.isArray(attribute.objectList)) return attribute.objectList.map(objectOf);
      break;
    case undefined: {
      if (Array.isArray(attribute.objectList)) return attribute.objectList.map(objectOf);
      const member = VALUE_MEMBERS.find((candidate) => attribute[candidate] !== undefined);
      if (member !== undefined) return attribute[member];
      break;
    }
    default: {
      const member = typeof attribute.type === 'string' ? ATTRIBUTE_KINDS.get(attribute.type) : undefined;
      if (member === undefined) throw new FormatError(`the attribute ${name} is of the unknown type ${JSON.stringify(attribute.type)}`);
      if (attribute[member] !== undefined) return attribute[member];
    }
  }
  throw new FormatError(`the attribute ${name} has no value`);
}

const objectOf = (item: unknown): unknown =>
  isRecord(item) && Object.keys(item).length === 1 && item.object !== undefined ? item.object : item;

/** The kind that a value is written as when nobody says. NGSI-LD knows null inside JSON properties alone. */
export function usualKind(value: unknown): AttributeKind {
  if (typeof value !== 'object') return 'Property';
  if (isRecord(value) && isGeometry(value)) return 'GeoProperty';
  return containsNull(value) ? 'JsonProperty' : 'Property';
}

function containsNull(value: unknown): boolean {
  if (typeof value !== 'object' || isExactNumber(value)) return false;
  if (value === null) return true;
  return (Array.isArray(value) ? (value as unknown[]) : Object.values(value)).some(containsNull);
}
