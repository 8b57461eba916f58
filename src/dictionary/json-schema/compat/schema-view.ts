import { isPlainObject } from '../schema-bounds.js';
import { isSchema } from '../schema-dialect.js';
import type { SchemaNode } from './schema-source.js';

/** What a schema asserts, in the keywords of 2020-12, whatever version it is written in. Annotations are left out. */
export interface SchemaView {
  /** Keywords without subschemas. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Keywords with one subschema. */
  readonly one: ReadonlyMap<string, SchemaNode>;
  /** Keywords with a list of subschemas. */
  readonly list: ReadonlyMap<string, readonly SchemaNode[]>;
  /** Keywords with named subschemas. */
  readonly map: ReadonlyMap<string, ReadonlyMap<string, SchemaNode>>;
  /** What `$ref` and `$dynamicRef` lead to; a URI when that is not known. */
  readonly references: readonly (SchemaNode | string)[];
}

const ONE = [
  'additionalProperties',
  'propertyNames',
  'items',
  'contains',
  'not',
  'if',
  'then',
  'else',
  'unevaluatedProperties',
  'unevaluatedItems',
];
const LIST = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const MAP = ['properties', 'patternProperties', 'dependentSchemas'];
const NONE: ReadonlyMap<string, SchemaNode> = new Map();
const views = new WeakMap<SchemaNode, SchemaView>();

/** The view of a schema that is an object; `true` asserts nothing. `false` has none: callers ask first. */
export function viewOf(node: SchemaNode): SchemaView {
  const known = views.get(node);
  if (known) return known;
  const view = typeof node.schema === 'boolean' ? read(node, {}) : read(node, inPresentWords(node, node.schema));
  views.set(node, view);
  return view;
}

/** Named subschemas of a keyword. */
export function named(view: SchemaView, keyword: 'properties' | 'patternProperties' | 'dependentSchemas'): ReadonlyMap<string, SchemaNode> {
  return view.map.get(keyword) ?? NONE;
}

/** A keyword's value when it is a number. */
export function numberOf(view: SchemaView, keyword: string): number | undefined {
  const value = view.facts[keyword];
  return typeof value === 'number' ? value : undefined;
}

/** The names that `required` lists. */
export function requiredBy(view: SchemaView): readonly string[] {
  const { required } = view.facts;
  return Array.isArray(required) ? required.filter((name) => typeof name === 'string') : [];
}

function inPresentWords(node: SchemaNode, schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  if (node.source.dialectOf(node).name === '2020-12') return schema;
  if (schema.$ref !== undefined) return { $ref: schema.$ref };
  const { items, additionalItems, dependencies, ...rest } = schema;
  const words: Record<string, unknown> = { ...rest };
  if (Array.isArray(items)) {
    words.prefixItems = items;
    if (additionalItems !== undefined) words.items = additionalItems;
  } else if (items !== undefined) words.items = items;
  if (isPlainObject(dependencies)) {
    const members = Object.entries(dependencies);
    words.dependentRequired = Object.fromEntries(members.filter(([, value]) => Array.isArray(value)));
    words.dependentSchemas = Object.fromEntries(members.filter(([, value]) => isSchema(value)));
  }
  return words;
}

const FACTS = [
  'type', 'enum', 'const', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum', 'maxLength', 'minLength', 'pattern',
  'maxItems', 'minItems', 'uniqueItems', 'maxContains', 'minContains', 'maxProperties', 'minProperties', 'required', 'dependentRequired', 'format',
]; // prettier-ignore

function read(node: SchemaNode, words: Readonly<Record<string, unknown>>): SchemaView {
  const { source } = node;
  const child = (schema: unknown): SchemaNode[] => (isSchema(schema) ? [source.child(node, schema)] : []);
  const facts = Object.fromEntries(FACTS.filter((keyword) => words[keyword] !== undefined).map((keyword) => [keyword, words[keyword]]));
  const one = new Map(ONE.flatMap((keyword) => child(words[keyword]).map((schema) => [keyword, schema] as const)));
  const list = new Map<string, readonly SchemaNode[]>();
  for (const keyword of LIST) {
    const schemas = words[keyword];
    if (Array.isArray(schemas)) list.set(keyword, schemas.flatMap(child));
  }
  const map = new Map<string, ReadonlyMap<string, SchemaNode>>();
  for (const keyword of MAP) {
    const schemas = words[keyword];
    if (isPlainObject(schemas)) {
      map.set(keyword, new Map(Object.entries(schemas).flatMap(([name, schema]) => child(schema).map((each) => [name, each] as const))));
    }
  }
  const references = [words.$ref, words.$dynamicRef]
    .filter((reference) => typeof reference === 'string')
    .map((reference) => source.resolve(node, reference));
  return { facts, one, list, map, references };
}
