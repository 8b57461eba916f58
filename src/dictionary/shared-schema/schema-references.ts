import type { SchemaDocument, SchemaNode } from '../json-schema/schema-document.js';
import { resolveIn, type SchemaLibrary } from '../json-schema/schema-library.js';
import { SchemaRefused } from '../json-schema/schema-refused.js';

/** A schema within a document. */
export interface ReferredSchema {
  readonly schema: SchemaNode['schema'];
  /** The whole document that it is in. */
  readonly document: SchemaNode['schema'];
}

/**
 * Follows the references of a schema into the shared ones that it takes in, exactly as its validator does: by base URIs, anchors and owners. Schemas are told
 * apart by being the objects that {@link root} consists of, and those that are followed to.
 */
export class SchemaReferences {
  private nodes: Map<SchemaNode['schema'], SchemaNode> | undefined;
  private readonly documents = new Set<SchemaDocument>();

  constructor(private readonly library: SchemaLibrary) {}

  /** The schema itself. */
  get root(): SchemaNode['schema'] {
    return this.library.root.node('').schema;
  }

  /** Where the `$ref` of a schema leads; undefined when it has none, or nothing is known there. */
  follow(schema: Readonly<Record<string, unknown>>): ReferredSchema | undefined {
    const { $ref: reference } = schema;
    const from = this.known().get(schema);
    if (from === undefined || typeof reference !== 'string') return undefined;
    try {
      const found = resolveIn(this.library, from, '$ref', reference);
      if ('missing' in found) return undefined;
      this.learn(found.target.document);
      // What only a reference leads to became a part of its document just now.
      this.known().set(found.target.schema, found.target);
      return { schema: found.target.schema, document: wholeOf(found.target.document) };
    } catch (error) {
      if (error instanceof SchemaRefused) return undefined;
      throw error;
    }
  }

  private known(): Map<SchemaNode['schema'], SchemaNode> {
    if (this.nodes === undefined) {
      this.nodes = new Map();
      this.learn(this.library.root);
    }
    return this.nodes;
  }

  private learn(document: SchemaDocument): void {
    if (this.documents.has(document)) return;
    this.documents.add(document);
    for (const node of document.all()) if (typeof node.schema === 'object') this.known().set(node.schema, node);
  }
}

function wholeOf(document: SchemaDocument): SchemaNode['schema'] {
  const [first] = document.all();
  return first?.schema ?? true;
}
