import { isPlainObject } from './schema-bounds.js';
import { SchemaRefused } from './schema-refused.js';

/** How a subschema is applied: to the very value of its parent, once to some member, to each of many members, or only when something refers to it. */
export type Application = 'in-place' | 'member' | 'each' | 'stored';

/** The keywords of one version of JSON Schema that matter to checking values. */
export interface SchemaDialect {
  /** The version that it is treated as. */
  readonly name: '2020-12' | 'draft-07';
  /** Keyword by which a schema names itself. */
  readonly id: '$id' | 'id';
  readonly metaSchema: string;
  /** Keywords whose value is one schema. */
  readonly single: Readonly<Record<string, Application>>;
  /** Keywords whose value is an array of schemas. */
  readonly list: Readonly<Record<string, Application>>;
  /** Keywords whose value is an object of schemas. */
  readonly map: Readonly<Record<string, Application>>;
  /** Keywords that check a value without any subschema. Whatever else stands in a schema is an annotation and is not compiled. */
  readonly assertions: readonly string[];
}

/** A subschema, with the reference tokens that lead to it from its parent. */
export interface Subschema {
  readonly path: readonly [keyword: string, member?: string | number];
  readonly schema: unknown;
  readonly application: Application;
}

const ASSERTIONS = [
  'type', 'enum', 'const', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum', 'maxLength', 'minLength', 'pattern',
  'maxItems', 'minItems', 'uniqueItems', 'maxProperties', 'minProperties', 'required', 'format',
]; // prettier-ignore

const SINGLE: Readonly<Record<string, Application>> = {
  additionalProperties: 'each',
  propertyNames: 'each',
  items: 'each',
  contains: 'each',
  not: 'in-place',
  if: 'in-place',
  then: 'in-place',
  else: 'in-place',
};

const LIST: Readonly<Record<string, Application>> = { allOf: 'in-place', anyOf: 'in-place', oneOf: 'in-place' };

const MAP: Readonly<Record<string, Application>> = {
  properties: 'member',
  patternProperties: 'each',
  definitions: 'stored',
  $defs: 'stored',
};

const DRAFT_2020_12: SchemaDialect = {
  name: '2020-12',
  id: '$id',
  metaSchema: 'https://json-schema.org/draft/2020-12/schema',
  single: { ...SINGLE, unevaluatedProperties: 'each', unevaluatedItems: 'each', contentSchema: 'stored', additionalItems: 'each' },
  // A list of `items` is how 2019-09 and older write `prefixItems`; many schemas that say 2020-12 still do.
  list: { ...LIST, prefixItems: 'member', items: 'member' },
  map: { ...MAP, dependentSchemas: 'in-place' },
  assertions: [...ASSERTIONS, 'maxContains', 'minContains', 'dependentRequired'],
};

const DRAFT_07: SchemaDialect = {
  name: 'draft-07',
  id: '$id',
  metaSchema: 'http://json-schema.org/draft-07/schema',
  single: { ...SINGLE, additionalItems: 'each' },
  list: { ...LIST, items: 'member' },
  map: { ...MAP, dependencies: 'in-place' },
  assertions: ASSERTIONS,
};

/** Older versions are read as the nearest one: draft-06 lacks some keywords, draft-04 says `id` and has exclusive bounds that are booleans. */
const DRAFT_04: SchemaDialect = { ...DRAFT_07, id: 'id' };

const DIALECTS: Readonly<Record<string, SchemaDialect>> = {
  'draft/2020-12/schema': DRAFT_2020_12,
  'draft/2019-09/schema': DRAFT_2020_12,
  schema: DRAFT_2020_12,
  'draft-07/schema': DRAFT_07,
  'draft-06/schema': DRAFT_07,
  'draft-04/schema': DRAFT_04,
};

/**
 * The dialect a schema declares, with http or https and with or without an empty fragment; 2020-12 when it declares none. Throws {@link SchemaRefused}
 * not-a-schema for one that is not supported.
 */
export function dialectOf(schema: unknown, pointer = ''): SchemaDialect {
  const declared = isPlainObject(schema) ? schema.$schema : undefined;
  if (declared === undefined) return DRAFT_2020_12;
  const key = typeof declared === 'string' ? /^https?:\/\/(?:www\.)?json-schema\.org\/(.+?)\/?#?$/.exec(declared)?.[1] : undefined;
  const dialect = key !== undefined && Object.hasOwn(DIALECTS, key) ? DIALECTS[key] : undefined;
  if (dialect) return dialect;
  throw new SchemaRefused(
    'not-a-schema',
    `${pointer}/$schema`,
    `${JSON.stringify(declared).slice(0, 300)} is not supported: JSON Schema 2020-12, 2019-09, and draft-07, -06 and -04 are`,
  );
}

/** The subschemas of a schema, in the order of its keywords. */
export function* subschemasOf(schema: Readonly<Record<string, unknown>>, dialect: SchemaDialect): Generator<Subschema> {
  for (const [keyword, value] of Object.entries(schema)) {
    const single = own(dialect.single, keyword);
    const list = own(dialect.list, keyword);
    const map = own(dialect.map, keyword);
    if (list && Array.isArray(value)) {
      for (const [index, item] of value.entries()) yield { path: [keyword, index], schema: item, application: list };
    } else if (single && isSchema(value)) yield { path: [keyword], schema: value, application: single };
    else if (map && isPlainObject(value)) {
      // In draft-07 a member of `dependencies` may also be a list of names.
      for (const [name, member] of Object.entries(value))
        if (isSchema(member)) yield { path: [keyword, name], schema: member, application: map };
    }
  }
}

/** Whether a value has the form of a schema. */
export function isSchema(value: unknown): value is boolean | Record<string, unknown> {
  return typeof value === 'boolean' || isPlainObject(value);
}

function own(table: Readonly<Record<string, Application>>, keyword: string): Application | undefined {
  return Object.hasOwn(table, keyword) ? table[keyword] : undefined;
}
