import type { JsonSchemaDocument } from '../../twin.js';
import { asProse } from '../imported-text.js';
import { isMembers, localText, memberOf, type Members, pointTo } from '../json-members.js';
import type { Notes } from '../notes.js';

const MAX_DEPTH = 16;
const MAX_SCHEMAS = 5_000;
/** Keywords of a data schema that JSON Schema has with the same meaning, with what their value must be. */
const PLAIN: Readonly<Record<string, (value: unknown) => boolean>> = {
  const: () => true,
  enum: (value) => Array.isArray(value) && value.length > 0,
  minimum: isNumber,
  maximum: isNumber,
  exclusiveMinimum: isNumber,
  exclusiveMaximum: isNumber,
  multipleOf: (value) => isNumber(value) && value > 0,
  minLength: isCount,
  maxLength: isCount,
  minItems: isCount,
  maxItems: isCount,
  minProperties: isCount,
  maxProperties: isCount,
  uniqueItems: (value) => typeof value === 'boolean',
  pattern: (value) => typeof value === 'string',
  format: (value) => typeof value === 'string',
  contentEncoding: (value) => typeof value === 'string',
  contentMediaType: (value) => typeof value === 'string',
  required: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
};
const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'];
const LISTS = ['oneOf', 'anyOf', 'allOf'] as const;
/** Annotations, and what belongs to an affordance rather than to its values. */
const SILENT = new Set([
  'title', 'titles', 'description', 'descriptions', 'unit', '@type', 'readOnly', 'writeOnly', 'default', 'forms', 'observable', 'type', 'properties',
  'items', 'uriVariables', 'oneOf', 'anyOf', 'allOf', 'additionalProperties', 'links', 'label', 'security', 'scopes', 'examples', 'id', '@id',
]); // prettier-ignore

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function isCount(value: unknown): value is number {
  return isNumber(value) && Number.isInteger(value) && value >= 0;
}

/** Turns the data schemas of a Thing Description into JSON Schema: its vocabulary is a part of JSON Schema's, with annotations of its own. */
export class DataSchemas {
  private count = 0;

  constructor(private readonly notes: Notes) {}

  /** @param isAffordance whether the schema is an affordance, whose description is the feature's */
  read(schema: unknown, pointer: string, isAffordance = false, depth = 1): JsonSchemaDocument {
    this.count += 1;
    if (typeof schema === 'boolean') return schema;
    if (!isMembers(schema)) return this.anything(pointer, 'Not a data schema.');
    if (depth > MAX_DEPTH || this.count > MAX_SCHEMAS) return this.anything(pointer, 'The schema is nested too deeply or too large.');
    const read: Record<string, unknown> = {};
    const type = memberOf(schema, 'type');
    const types = [type].flat();
    if (type !== undefined && types.length > 0 && types.every((each) => TYPES.includes(String(each)))) read['type'] = type;
    else if (type !== undefined) this.notes.unmapped(pointTo(pointer, 'type'), 'Not a type of JSON Schema.');
    for (const [keyword, value] of Object.entries(schema)) this.keyword(read, keyword, value, pointer);
    this.members(read, schema, pointer, depth);
    const prose = isAffordance ? undefined : (localText(memberOf(schema, 'description')) ?? localText(memberOf(schema, 'title')));
    const description = prose === undefined ? undefined : asProse(prose, 300);
    return { ...(description === undefined ? {} : { description }), ...read };
  }

  private keyword(read: Record<string, unknown>, keyword: string, value: unknown, pointer: string): void {
    const fits = Object.hasOwn(PLAIN, keyword) ? PLAIN[keyword] : undefined;
    if (fits?.(value) === true) read[keyword] = value;
    else if (fits !== undefined) this.notes.unmapped(pointTo(pointer, keyword), 'Not what this keyword takes.');
    else if (!SILENT.has(keyword)) this.notes.unmapped(pointTo(pointer, keyword), 'Not a term of data schemas.');
  }

  private members(read: Record<string, unknown>, schema: Members, pointer: string, depth: number): void {
    const properties = memberOf(schema, 'properties');
    if (isMembers(properties)) {
      read['properties'] = Object.fromEntries(
        Object.entries(properties)
          .filter(([name]) => name !== '__proto__')
          .map(([name, member]) => [name, this.read(member, pointTo(pointer, 'properties', name), false, depth + 1)]),
      );
    }
    const items = memberOf(schema, 'items');
    const at = pointTo(pointer, 'items');
    if (Array.isArray(items)) read['prefixItems'] = items.map((item, index) => this.read(item, pointTo(at, index), false, depth + 1));
    else if (items !== undefined) read['items'] = this.read(items, at, false, depth + 1);
    if (Array.isArray(items) && items.length === 0) delete read['prefixItems'];
    const additional = memberOf(schema, 'additionalProperties');
    if (additional !== undefined) {
      read['additionalProperties'] = this.read(additional, pointTo(pointer, 'additionalProperties'), false, depth + 1);
    }
    for (const list of LISTS) {
      const schemas = memberOf(schema, list);
      if (!Array.isArray(schemas) || schemas.length === 0) continue;
      read[list] = schemas.map((each, index) => this.read(each, pointTo(pointer, list, index), false, depth + 1));
    }
  }

  private anything(pointer: string, reason: string): true {
    this.notes.unmapped(pointer, `${reason} Any value is taken.`);
    return true;
  }
}
