import { readSchema } from '../json-schema/compile-schema.js';
import { SchemaRefused } from '../json-schema/schema-refused.js';
import { externalReferences } from './external-references.js';

/** Whether a schema refers to the one of this id from anywhere in it. */
export function refersTo(schema: unknown, id: string): boolean {
  try {
    return externalReferences(readSchema(schema)).includes(id);
  } catch (error) {
    if (error instanceof SchemaRefused) return false;
    throw error;
  }
}
