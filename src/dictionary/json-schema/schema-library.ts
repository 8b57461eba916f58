import type { SchemaDocument, SchemaNode } from './schema-document.js';
import { unresolvable } from './schema-document.js';
import { pointTo } from './schema-refused.js';

/** The documents that one check is made of: the schema submitted, and the shared ones that it refers to, directly or not. */
export interface SchemaLibrary {
  readonly root: SchemaDocument;
  /** The shared document that a document means by an absolute URI; undefined when it is not there. */
  readonly find: (from: SchemaDocument, uri: string) => SchemaDocument | undefined;
}

/** Thrown while references are resolved: these documents are not in the library, and may have to be fetched from the dictionary. */
export class MissingDocuments extends Error {
  override readonly name = 'MissingDocuments';

  constructor(
    readonly missing: readonly {
      readonly from: SchemaDocument;
      readonly uri: string;
      readonly reference: string;
      readonly place: string;
    }[],
  ) {
    super('documents are missing');
  }
}

/** Resolves a reference across documents; undefined when the document it leads to is missing. Throws `SchemaRefused`: unresolvable-ref, does-not-compile. */
export function resolveIn(
  library: SchemaLibrary,
  from: SchemaNode,
  keyword: '$ref' | '$dynamicRef',
  reference: string,
): { readonly target: SchemaNode } | { readonly missing: string } {
  const destination = from.document.resolve(from, keyword, reference);
  if ('pointer' in destination) return { target: from.document.node(destination.pointer) };
  const document = library.find(from.document, destination.resource);
  if (document === undefined) return { missing: destination.resource };
  const pointer = document.find(document.address, destination.fragment);
  if (pointer === undefined)
    throw unresolvable(pointTo(from.pointer, keyword), reference, 'leads to no schema in the shared schema that it names');
  return { target: document.node(pointer) };
}
