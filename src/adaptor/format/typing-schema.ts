import type { FormSchema } from '../plan/adaptation-plan.js';
import type { KnownReferences, SchemaPlace } from '../plan/schema-reader.js';

type Keywords = Readonly<Record<string, unknown>>;

/** Schemas that are looked at, and how deep from where a reference leads; beyond, nothing is said. */
const MOST = 10_000;
const DEEPEST = 32;
const JOINED = ['allOf', 'anyOf', 'oneOf'] as const;

/**
 * A schema that stands by itself and says what this one says of types, with whatever it refers to: what formats without types are made ready with, as they
 * see one schema and no dictionary. Undefined when this one has no references beyond itself: it will do.
 */
export function typingSchema(references: KnownReferences): FormSchema | undefined {
  return new Gathering(references).made();
}

class Gathering {
  private readonly names = new Map<FormSchema, string>();
  private readonly pending: { readonly name: string; readonly place: SchemaPlace }[] = [];
  private left = MOST;
  private leadsOut = false;

  constructor(private readonly references: KnownReferences) {}

  made(): FormSchema | undefined {
    const { root } = this.references;
    if (typeof root === 'boolean') return undefined;
    const whole = this.typesIn({ schema: root, document: root }, DEEPEST);
    const definitions: Record<string, FormSchema> = {};
    for (let next = this.pending.shift(); next !== undefined; next = this.pending.shift()) {
      definitions[next.name] = this.typesIn(next.place, DEEPEST);
    }
    return this.leadsOut && typeof whole === 'object' ? { ...whole, $defs: definitions } : undefined;
  }

  private typesIn({ schema, document }: SchemaPlace, depth: number): FormSchema {
    this.left -= 1;
    if (typeof schema === 'boolean' || depth === 0 || this.left < 0) return true;
    const within = (given: unknown): FormSchema =>
      isSchema(given) ? this.typesIn({ schema: given as FormSchema, document }, depth - 1) : true;
    const { properties, patternProperties, required, items, prefixItems, additionalProperties, unevaluatedProperties } = schema;
    const types = typesOf(schema);
    const reference = this.follow(schema, document);
    const joined = JOINED.flatMap((keyword) => {
      const parts = schema[keyword];
      return Array.isArray(parts) ? [[keyword, parts.map((part: unknown) => within(part))] as const] : [];
    });
    return {
      ...(types === undefined ? {} : { type: types }),
      ...(isObject(properties)
        ? { properties: Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, within(member)])) }
        : {}),
      ...(patternProperties === undefined ? {} : { patternProperties: {} }),
      ...(Array.isArray(required) ? { required: required as unknown[] } : {}),
      ...(items === undefined ? {} : { items: within(items) }),
      ...(prefixItems === undefined ? {} : { prefixItems: [] }),
      ...(additionalProperties === false ? { additionalProperties } : {}),
      ...(unevaluatedProperties === false ? { unevaluatedProperties } : {}),
      ...Object.fromEntries(joined),
      ...(reference === undefined ? {} : { $ref: reference }),
    };
  }

  /** The reference of a schema, as one within what is made. */
  private follow(schema: Keywords, document: FormSchema): string | undefined {
    const { $ref: reference } = schema;
    const target = typeof reference === 'string' ? this.references.follow(schema) : undefined;
    if (target === undefined) return undefined;
    const isPointer = reference === '#' || (reference as string).startsWith('#/');
    if (!isPointer || document !== this.references.root) this.leadsOut = true;
    if (target.schema === this.references.root) return '#';
    const name = this.names.get(target.schema) ?? `s${this.names.size + 1}`;
    if (!this.names.has(target.schema)) this.pending.push({ name, place: target });
    this.names.set(target.schema, name);
    return `#/$defs/${name}`;
  }
}

/** What is said of the type; of values that are listed, theirs. */
function typesOf({ type, const: constant, enum: values }: Keywords): unknown {
  if (type !== undefined) return type;
  const listed = constant === undefined ? (Array.isArray(values) ? (values as unknown[]) : []) : [constant];
  const types = listed.map((value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value));
  return types.length === 0 ? undefined : [...new Set(types)];
}

function isObject(value: unknown): value is Keywords {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSchema(value: unknown): boolean {
  return typeof value === 'boolean' || isObject(value);
}
