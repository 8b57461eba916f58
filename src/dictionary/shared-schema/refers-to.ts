import { readSchema } from '../json-schema/compile-schema.js';
import { SchemaRefused } from '../json-schema/schema-refused.js';
import { externalReferences } from './external-references.js';
import { addressesOfSameDocument } from './same-document.js';

/** Whether a schema refers to the one of this id, by any of its addresses, from anywhere in it. */
export function refersTo(schema: unknown, id: string): boolean {
  try {
    const addresses = addressesOfSameDocument(id);
    return externalReferences(readSchema(schema)).some((reference) => addresses.includes(reference));
  } catch (error) {
    if (error instanceof SchemaRefused) return false;
    throw error;
  }
}
