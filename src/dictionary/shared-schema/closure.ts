import type { OrganizationId } from '../../kernel/ids.js';
import { readSchema } from '../json-schema/compile-schema.js';
import type { SchemaDocument } from '../json-schema/schema-document.js';
import type { MissingDocuments, SchemaLibrary } from '../json-schema/schema-library.js';
import { SchemaRefused } from '../json-schema/schema-refused.js';
import { builtInSchema } from './builtin-schemas.js';
import { addressesOfSameDocument } from './same-document.js';
import type { SharedSchema, SharedSchemaKey } from './shared-schema.js';
import type { SharedSchemaRepository } from './shared-schema.repository.js';

/** Most shared schemas that one schema may take in, directly or not. */
export const MAX_CLOSURE_DOCUMENTS = 32;
/** Most text of them together, in bytes. */
export const MAX_CLOSURE_BYTES = 2 * 1024 * 1024;

type Missing = MissingDocuments['missing'][number];

/**
 * A schema and the shared ones that it takes in. What a URI means depends on who says it: a document of the organization means its own first; a public
 * one means public ones only, so that it says the same to everyone.
 */
export class Closure implements SchemaLibrary {
  private readonly own = new Map<string, SchemaDocument>();
  private readonly open = new Map<string, SchemaDocument>();
  private readonly publicDocuments = new Set<SchemaDocument>();
  private readonly prefixes = new Map<string, string>();
  /** The registered ones among the shared schemas in it. */
  readonly keys: SharedSchemaKey[] = [];
  /** Text of the shared schemas in it, in bytes. */
  bytes = 0;

  constructor(
    private readonly shared: SharedSchemaRepository,
    private readonly owner: OrganizationId,
    readonly root: SchemaDocument,
  ) {}

  /** Whether the schema takes in any other. */
  get hasOthers(): boolean {
    return this.prefixes.size > 0;
  }

  readonly find = (from: SchemaDocument, uri: string): SchemaDocument | undefined =>
    (this.publicDocuments.has(from) ? undefined : this.own.get(uri)) ?? this.open.get(uri);

  /** Brings in documents. Throws {@link SchemaRefused}: unresolvable-ref for one that is not registered, too-large. */
  async load(missing: readonly Missing[]): Promise<void> {
    const uris = [...new Set(missing.map(({ uri }) => uri))].filter((uri) => uri.length <= 2_000);
    const wanted = uris.slice(0, MAX_CLOSURE_DOCUMENTS + 1).flatMap(addressesOfSameDocument);
    const found = await this.shared.find([this.owner, ''], [...new Set(wanted)]);
    for (const each of missing) {
      if (this.find(each.from, each.uri)) continue;
      const isOpen = this.publicDocuments.has(each.from);
      const schema = bestOf(
        each.uri,
        found.filter(({ owner }) => !isOpen || owner === undefined),
      );
      if (!schema) throw this.placed(notRegistered(each));
      this.add(schema, each);
    }
  }

  /** A refusal whose place is one in the schema submitted, or says which shared schema it is in. */
  placed(refused: SchemaRefused): SchemaRefused {
    for (const [prefix, uri] of this.prefixes) {
      if (!refused.pointer.startsWith(prefix)) continue;
      const place = refused.pointer.slice(prefix.length);
      return new SchemaRefused(refused.reason, '', `refers to the shared schema ${uri}, where at "${place}" ${refused.detail}`, {
        cause: refused,
        reference: refused.reference,
      });
    }
    return refused;
  }

  private add(schema: SharedSchema, { place, uri }: Missing): void {
    const documents = schema.owner === undefined ? this.open : this.own;
    // Under another of its addresses it is the same document.
    const known = documents.get(schema.id);
    if (known !== undefined) {
      documents.set(uri, known);
      return;
    }
    this.bytes += schema.bytes;
    if (this.prefixes.size >= MAX_CLOSURE_DOCUMENTS)
      throw this.placed(new SchemaRefused('too-large', place, `takes in more than ${MAX_CLOSURE_DOCUMENTS} shared schemas`));
    if (this.bytes > MAX_CLOSURE_BYTES)
      throw this.placed(new SchemaRefused('too-large', place, `takes in more than ${MAX_CLOSURE_BYTES} bytes of shared schemas`));
    const prefix = `${schema.owner === undefined ? 'public' : 'own'} ${schema.id}#`;
    this.prefixes.set(prefix, schema.id);
    const { owner, id, fingerprint } = schema;
    if (fingerprint !== undefined) this.keys.push({ owner, id, fingerprint });
    const document = readSchema(schema.schema, schema.id, prefix);
    documents.set(schema.id, document).set(uri, document);
    if (schema.owner === undefined) this.publicDocuments.add(document);
  }
}

/** The schema under this very address before those under others of the same document; an organization's own before public ones. */
function bestOf(uri: string, found: readonly SharedSchema[]): SharedSchema | undefined {
  const schemas = [...found, builtInSchema(uri)].filter((schema) => schema !== undefined);
  for (const address of addressesOfSameDocument(uri)) {
    const here = schemas.filter(({ id }) => id === address);
    const first = here.find(({ owner }) => owner !== undefined) ?? here[0];
    if (first !== undefined) return first;
  }
  return undefined;
}

function notRegistered({ place, reference }: Missing): SchemaRefused {
  const shown = reference.length <= 300 ? reference : `${reference.slice(0, 300)}…`;
  const detail = `"${shown}" is neither part of this schema nor registered in the dictionary, and nothing is fetched`;
  return new SchemaRefused('unresolvable-ref', place, detail, { reference: shown });
}
