import type { JsonSchemaDocument } from '../../twin.js';
import { asProse } from '../imported-text.js';
import { asText, isMembers, listOf, localText, memberOf, type Members, pointTo, textOf, textsOf } from '../json-members.js';
import type { Notes } from '../notes.js';
import { primitiveSchema } from './primitive-schemas.js';

const MAX_DEPTH = 16;
/** Schemas that one document may be turned into: shared ones count each time they are used. */
const MAX_SCHEMAS = 5_000;
const KINDS = ['Array', 'Enum', 'Map', 'Object'] as const;
type Kind = (typeof KINDS)[number];

/** How a document is read besides what DTDL says. */
export interface SchemaHabits {
  /** `long` is written for any number (the generator of Smart Data Models does). */
  readonly longIsNumber: boolean;
}

/** Turns DTDL schemas into JSON Schema. What cannot be turned becomes `true` and is noted. */
export class DtdlSchemas {
  private count = 0;

  constructor(
    private readonly shared: ReadonlyMap<string, unknown>,
    private readonly habits: SchemaHabits,
    private readonly notes: Notes,
  ) {}

  read(schema: unknown, pointer: string, depth = 1): JsonSchemaDocument {
    this.count += 1;
    if (depth > MAX_DEPTH || this.count > MAX_SCHEMAS) return this.anything(pointer, 'The schema is nested too deeply or too large.');
    if (typeof schema === 'string') return this.named(schema, pointer, depth);
    // A list of one, as JSON-LD allows.
    if (Array.isArray(schema) && schema.length === 1) return this.read(schema[0], pointer, depth + 1);
    if (schema === undefined || schema === null) return this.anything(pointer, 'No schema is given.');
    if (!isMembers(schema)) return this.anything(pointer, 'Not a DTDL schema.');
    const kind = kindOf(schema);
    if (kind === undefined) {
      const id = textOf(schema, '@id');
      return id !== undefined && this.shared.has(id) && this.shared.get(id) !== schema
        ? this.named(id, pointer, depth)
        : this.anything(pointer, 'Not a DTDL schema: Array, Enum, Map and Object are.');
    }
    return { ...this.ofKind(kind, schema, pointer, depth), ...described(schema) };
  }

  /** The properties of named schemas, as those of an Object and of a relationship. */
  members(fields: readonly unknown[], pointer: string, depth: number): Record<string, JsonSchemaDocument> {
    const read = fields.flatMap((field, index): [string, JsonSchemaDocument][] => {
      const place = pointTo(pointer, index);
      const name = isMembers(field) ? textOf(field, 'name') : undefined;
      if (!isMembers(field) || name === undefined || name === '__proto__') {
        this.notes.unmapped(place, 'A field needs a name.');
        return [];
      }
      const schema = this.read(memberOf(field, 'schema'), pointTo(place, 'schema'), depth + 1);
      return [[name, typeof schema === 'boolean' ? schema : { ...described(field), ...schema }]];
    });
    return Object.fromEntries(read);
  }

  private named(name: string, pointer: string, depth: number): JsonSchemaDocument {
    if (this.shared.has(name)) return this.read(this.shared.get(name), pointer, depth + 1);
    if (this.habits.longIsNumber && name === 'long') return { type: 'number' };
    const primitive = primitiveSchema(name);
    if (primitive !== undefined) return primitive;
    if (name === 'null') return true;
    return this.anything(pointer, `There is no schema ${name} in this document.`);
  }

  private ofKind(kind: Kind, schema: Members, pointer: string, depth: number): Record<string, unknown> {
    switch (kind) {
      case 'Array': {
        const items = this.read(memberOf(schema, 'elementSchema'), pointTo(pointer, 'elementSchema'), depth + 1);
        return { type: 'array', items };
      }
      case 'Map': {
        const value = memberOf(schema, 'mapValue');
        const additionalProperties = isMembers(value)
          ? this.read(memberOf(value, 'schema'), pointTo(pointer, 'mapValue', 'schema'), depth + 1)
          : true;
        return { type: 'object', additionalProperties };
      }
      case 'Object':
        return { type: 'object', properties: this.members(listOf(schema, 'fields'), pointTo(pointer, 'fields'), depth) };
      case 'Enum':
        return this.enumeration(schema, pointer);
    }
  }

  private enumeration(schema: Members, pointer: string): Record<string, unknown> {
    const type = memberOf(schema, 'valueSchema') === 'integer' ? 'integer' : 'string';
    const values = listOf(schema, 'enumValues').flatMap((value, index): (string | number)[] => {
      const given = isMembers(value) ? memberOf(value, 'enumValue') : value;
      if (typeof given === 'string' || typeof given === 'number') return [given];
      this.notes.unmapped(pointTo(pointer, 'enumValues', index), 'An enumeration value needs an enumValue.');
      return [];
    });
    const distinct = [...new Set(values)];
    return distinct.length === 0 ? { type } : { enum: distinct };
  }

  private anything(pointer: string, reason: string): true {
    this.notes.unmapped(pointer, `${reason} Any value is taken.`);
    return true;
  }
}

function kindOf(schema: Members): Kind | undefined {
  const type = textsOf(schema, '@type')
    .map((text) => KINDS.find((kind) => kind.toLowerCase() === lastTerm(text).toLowerCase()))
    .find((kind) => kind !== undefined);
  if (type !== undefined) return type;
  if (memberOf(schema, 'elementSchema') !== undefined) return 'Array';
  if (memberOf(schema, 'mapValue') !== undefined) return 'Map';
  if (memberOf(schema, 'enumValues') !== undefined) return 'Enum';
  return memberOf(schema, 'fields') === undefined ? undefined : 'Object';
}

/** `Array` of `dtmi:dtdl:class:Array;2`. */
export function lastTerm(type: string): string {
  return /([^:/#;]+)(?:;\d+(?:\.\d+)?)?$/.exec(type)?.[1] ?? type;
}

function described(element: Members): Record<string, string> {
  const text = localText(memberOf(element, 'description')) ?? asText(memberOf(element, 'comment'));
  const description = text === undefined ? undefined : asProse(text, 300);
  return description === undefined ? {} : { description };
}
