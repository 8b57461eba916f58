import { isPlainObject } from './schema-bounds.js';
import { isSchema, type SchemaDialect, subschemasOf } from './schema-dialect.js';

/** Keywords that check nothing: whatever they hold is no reason to refuse a schema. */
const ANNOTATIONS = ['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly', '$comment', 'contentEncoding', 'contentMediaType']; // prettier-ignore
const TYPES = ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string'];
/** What generators write for them. */
const OTHER_NAMES: Readonly<Record<string, string>> = { float: 'number', double: 'number', decimal: 'number', int: 'integer', long: 'integer', bool: 'boolean', text: 'string', 'date-time': 'string', datetime: 'string', date: 'string', time: 'string', uri: 'string', url: 'string' }; // prettier-ignore
/** Kinds of NGSI-LD attributes, which models hold where a type belongs: they say nothing of the type of a value. */
const KINDS = /^(?:(?:Geo|Language|Vocab|Json|List)?Property|(?:List)?Relationship)$/;
const BOUNDS = { exclusiveMinimum: 'minimum', exclusiveMaximum: 'maximum' } as const;

/**
 * Published models hold faults of form that leave no doubt of what is meant: annotations of the wrong type, a `format` that is a list, `required`
 * as a boolean within a property, exclusive bounds as in draft-04, lists of `items` as before 2020-12, types in another spelling, null where a keyword
 * has nothing to say. This is the schema without them, for the check
 * against the meta-schema; {@link assertionsOf} reads what they mean. The schema's nesting is bounded.
 */
export function tolerated(schema: unknown, dialect: SchemaDialect): unknown {
  if (!isPlainObject(schema)) return schema;
  const copy: Record<string, unknown> = { ...schema };
  for (const keyword of ANNOTATIONS) Reflect.deleteProperty(copy, keyword);
  for (const [keyword, value] of Object.entries(schema)) if (value === null && keyword !== 'const') Reflect.deleteProperty(copy, keyword);
  if (Object.hasOwn(copy, 'type')) copy.type = typeOf(copy.type);
  if (copy.type === undefined) delete copy.type;
  if (typeof copy.format !== 'string') delete copy.format;
  if (typeof copy.required === 'boolean') delete copy.required;
  for (const keyword of Object.keys(BOUNDS)) if (typeof copy[keyword] === 'boolean') Reflect.deleteProperty(copy, keyword);
  if (dialect.name === '2020-12' && Array.isArray(copy.items)) delete copy.items;
  for (const { path, schema: subschema } of subschemasOf(copy, dialect)) replace(copy, path, tolerated(subschema, dialect), schema);
  if (dialect.name === '2020-12' && Array.isArray(schema.items) && !('prefixItems' in schema))
    copy.prefixItems = schema.items.map((item: unknown) => (isSchema(item) ? tolerated(item, dialect) : item));
  return copy;
}

/** The keywords of a schema that check a value by themselves, in the form of 2020-12. */
export function* assertionsOf(
  schema: Readonly<Record<string, unknown>>,
  dialect: SchemaDialect,
): Generator<[keyword: string, value: unknown]> {
  for (const keyword of dialect.assertions) {
    if (!Object.hasOwn(schema, keyword)) continue;
    const value = keyword === 'type' ? typeOf(schema.type) : schema[keyword];
    if (value === undefined || (value === null && keyword !== 'const')) continue;
    if ((keyword === 'required' && typeof value === 'boolean') || (keyword === 'format' && typeof value !== 'string')) continue;
    if ((keyword === 'exclusiveMinimum' || keyword === 'exclusiveMaximum') && typeof value === 'boolean') {
      const bound = schema[BOUNDS[keyword]];
      if (value && typeof bound === 'number') yield [keyword, bound];
    } else yield [keyword, value];
  }
}

/** A type as JSON Schema writes it; undefined for what says nothing of it; as it is when nobody can tell what is meant. */
function typeOf(type: unknown): unknown {
  if (Array.isArray(type)) {
    const types: unknown[] = type.map(typeOf);
    return types.includes(undefined) ? undefined : types.length > 1 ? [...new Set(types)] : types;
  }
  if (typeof type !== 'string' || TYPES.includes(type)) return type;
  if (KINDS.test(type)) return undefined;
  const name = type.toLowerCase();
  return TYPES.includes(name) ? name : Object.hasOwn(OTHER_NAMES, name) ? OTHER_NAMES[name] : type;
}

/** Puts a subschema into a copy, copying the list or map that it stands in once. */
function replace(
  copy: Record<string, unknown>,
  [keyword, member]: readonly [string, (string | number)?],
  subschema: unknown,
  original: Readonly<Record<string, unknown>>,
): void {
  if (member === undefined) {
    copy[keyword] = subschema;
    return;
  }
  if (copy[keyword] === original[keyword]) {
    const container = original[keyword] as unknown[] | Record<string, unknown>;
    copy[keyword] = Array.isArray(container) ? [...container] : { ...container };
  }
  Object.defineProperty(copy[keyword], member, { value: subschema, enumerable: true, configurable: true, writable: true });
}
