import type { JsonSchemaDocument } from '../../twin.js';
import { isUriId } from '../imported-text.js';
import { isMembers, memberOf, type Members } from '../json-members.js';
import { geometrySchema, looksLikeGeometry, schemaOfSamples } from '../sample-schema.js';

/** Where an attribute of each type keeps its value. */
const VALUE_MEMBER = {
  Property: 'value',
  GeoProperty: 'value',
  Relationship: 'object',
  LanguageProperty: 'languageMap',
  VocabProperty: 'vocab',
  JsonProperty: 'json',
  ListProperty: 'valueList',
  ListRelationship: 'objectList',
} as const;
/** Types of attributes. */
export type AttributeType = keyof typeof VALUE_MEMBER;
const TYPES = Object.keys(VALUE_MEMBER) as AttributeType[];

/** One instance of an attribute. */
export interface AttributeInstance {
  readonly type: AttributeType;
  readonly value: unknown;
  /** The attribute as an object, where it is one: its further members are about the value. */
  readonly wrapper?: Members;
}

/**
 * Reads one instance in any of the forms: normalized (`type` and the value's member), concise (only that member), simplified (the value itself);
 * NGSI v2's normalized form too, whose type is the value's.
 */
export function readInstance(given: unknown): AttributeInstance {
  if (looksLikeGeometry(given)) return { type: 'GeoProperty', value: given };
  if (!isMembers(given)) return { type: 'Property', value: given };
  const stated = memberOf(given, 'type') ?? memberOf(given, '@type');
  const known = TYPES.find((type) => type === stated);
  if (known !== undefined) {
    const value = memberOf(given, VALUE_MEMBER[known]) ?? memberOf(given, 'value') ?? memberOf(given, 'object');
    return { type: known, value, wrapper: given };
  }
  const concise = TYPES.find((type) => memberOf(given, VALUE_MEMBER[type]) !== undefined);
  if (concise === undefined || !isWrapper(given, VALUE_MEMBER[concise], stated)) return { type: 'Property', value: given };
  const value = memberOf(given, VALUE_MEMBER[concise]);
  const isPlace = concise === 'Property' && (looksLikeGeometry(value) || stated === 'geo:json');
  return { type: isPlace ? 'GeoProperty' : concise, value, wrapper: given };
}

/** What may stand beside the value of a concise attribute without making the whole a plain object. */
const ABOUT_THE_VALUE = new Set([
  'observedAt', 'unitCode', 'datasetId', 'metadata', 'createdAt', 'modifiedAt', 'deletedAt', 'objectType', 'lang', 'providedBy', 'instanceId', 'type',
]); // prettier-ignore

function isWrapper(given: Members, member: string, stated: unknown): boolean {
  // NGSI v2 names the type of the value, and its attributes have nothing else.
  if (stated !== undefined && typeof stated !== 'string') return false;
  const others = Object.keys(given).filter((name) => name !== member && !ABOUT_THE_VALUE.has(name));
  return others.every((name) => isMembers(memberOf(given, name)));
}

/** Names of the members of an attribute that are about its value, not beside it. */
export function furtherMembers({ type, wrapper }: AttributeInstance): string[] {
  const handled = new Set<string>([VALUE_MEMBER[type], 'type', '@type', 'value', 'object', 'observedAt', 'unitCode', 'createdAt', 'modifiedAt', 'instanceId', 'objectType']); // prettier-ignore
  return wrapper === undefined ? [] : Object.keys(wrapper).filter((name) => !handled.has(name));
}

/** The unit code beside the value; NGSI v2 keeps it in the metadata. */
export function unitCodeOf({ wrapper }: AttributeInstance): unknown {
  if (wrapper === undefined) return undefined;
  const metadata = memberOf(wrapper, 'metadata');
  const entry = isMembers(metadata) ? (memberOf(metadata, 'unitCode') ?? memberOf(metadata, 'unit')) : undefined;
  return memberOf(wrapper, 'unitCode') ?? (isMembers(entry) ? memberOf(entry, 'value') : undefined);
}

function relationshipSchema(objects: readonly unknown[]): JsonSchemaDocument {
  const targets = objects.flat();
  const target = targets.every((id) => typeof id === 'string' && isUriId(id)) ? { type: 'string', format: 'uri' } : { type: 'string' };
  if (targets.some((id) => typeof id !== 'string')) return schemaOfSamples(objects);
  return objects.some((object) => Array.isArray(object)) ? { type: 'array', items: target } : target;
}

/** What values of an attribute look like, as far as its instances tell. All are of one type. */
export function attributeSchema(type: AttributeType, values: readonly unknown[]): JsonSchemaDocument {
  switch (type) {
    case 'Property':
      return propertySchema(values);
    case 'GeoProperty':
      return geometrySchema();
    case 'Relationship':
      return relationshipSchema(values);
    case 'LanguageProperty':
      return { type: 'object', additionalProperties: { type: ['string', 'array'] } };
    case 'VocabProperty':
      return values.some((value) => Array.isArray(value)) ? { type: 'array', items: { type: 'string' } } : { type: 'string' };
    case 'JsonProperty':
      return true;
    case 'ListProperty':
      return { type: 'array' };
    case 'ListRelationship':
      return { type: 'array', items: { type: ['string', 'object'] } };
  }
}

/** A date that is typed in JSON-LD's way comes as text in the simplified form: both are taken. */
function propertySchema(values: readonly unknown[]): JsonSchemaDocument {
  const typed = values.map((value) => (isMembers(value) ? memberOf(value, '@type') : undefined));
  const format = typed[0] === 'DateTime' ? 'date-time' : typed[0] === 'Date' ? 'date' : undefined;
  const isDate = format !== undefined && typed.every((type) => type === typed[0]);
  if (!isDate) return schemaOfSamples(values);
  const texts = values.map((value) => (isMembers(value) ? memberOf(value, '@value') : undefined));
  const sound = format === 'date-time' ? /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/ : /^\d{4}-\d\d-\d\d$/;
  return { type: ['string', 'object'], ...(texts.every((text) => typeof text === 'string' && sound.test(text)) ? { format } : {}) };
}
