import { SchemaRefused } from './schema-refused.js';

/** Largest schema, in bytes of its shortest JSON text. */
export const MAX_SCHEMA_BYTES = 256 * 1024;
/** Deepest nesting of objects and arrays in a schema. */
export const MAX_SCHEMA_DEPTH = 64;

/**
 * Checks that a value is JSON, nested at most {@link MAX_SCHEMA_DEPTH} deep, and at most {@link MAX_SCHEMA_BYTES} long; returns its length in bytes.
 * Everything after it may recurse. Throws {@link SchemaRefused}: not-a-schema, too-deep, too-large.
 */
export function measureSchema(schema: unknown): number {
  if (typeof schema !== 'boolean' && !isPlainObject(schema))
    throw new SchemaRefused('not-a-schema', '', 'a schema is an object or a boolean');
  const waiting: { value: unknown; depth: number }[] = [{ value: schema, depth: 1 }];
  let seen = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, depth } = next;
    if (++seen > MAX_SCHEMA_BYTES) throw tooLarge();
    if (typeof value !== 'object' || value === null) {
      checkScalar(value);
      continue;
    }
    if (!Array.isArray(value) && !isPlainObject(value))
      throw new SchemaRefused('not-a-schema', '', 'the schema holds something that is not JSON');
    if (depth > MAX_SCHEMA_DEPTH) throw new SchemaRefused('too-deep', '', `the schema is nested deeper than ${MAX_SCHEMA_DEPTH} levels`);
    for (const member of Object.values(value)) waiting.push({ value: member, depth: depth + 1 });
  }
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > MAX_SCHEMA_BYTES) throw tooLarge();
  return bytes;
}

/** Whether a value is what a JSON object becomes. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function checkScalar(value: unknown): void {
  const isJson =
    value === null || typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));
  if (!isJson) throw new SchemaRefused('not-a-schema', '', `the schema holds a ${typeof value} that is not JSON`);
}

function tooLarge(): SchemaRefused {
  return new SchemaRefused('too-large', '', `the schema is larger than ${MAX_SCHEMA_BYTES} bytes`);
}
