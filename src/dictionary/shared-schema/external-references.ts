import { isPlainObject } from '../json-schema/schema-bounds.js';
import type { SchemaDocument } from '../json-schema/schema-document.js';
import { SchemaRefused } from '../json-schema/schema-refused.js';

/** The absolute URIs, without fragment, of other documents that a document refers to from anywhere, in order. */
export function externalReferences(document: SchemaDocument): string[] {
  const found = new Set<string>();
  for (const node of document.all()) {
    if (!isPlainObject(node.schema)) continue;
    for (const keyword of ['$ref', '$dynamicRef'] as const) {
      const reference = node.schema[keyword];
      if (typeof reference !== 'string') continue;
      try {
        const destination = document.resolve(node, keyword, reference);
        if ('resource' in destination) found.add(destination.resource);
      } catch (error) {
        // It matters only to who uses this part of the document.
        if (!(error instanceof SchemaRefused)) throw error;
      }
    }
  }
  return [...found].sort();
}
