import type { OrganizationId } from '../../kernel/ids.js';
import { typingSchema } from '../format/typing-schema.js';
import type { FormSchema } from './adaptation-plan.js';
import { type KnownReferences, SchemaReader } from './schema-reader.js';

/** Where the references of schemas lead. */
export interface ReferenceSource {
  /** Undefined when nothing is known of the schema beyond itself. */
  references(owner: OrganizationId | undefined, schema: FormSchema): Promise<KnownReferences | undefined>;
}

/** Readers of the schemas of one plan, each for the references of that schema. A schema is known again by being the same object. */
export class SchemaReaders {
  private readonly plain = new SchemaReader();
  private readonly known = new Map<FormSchema, { readonly reader: SchemaReader; readonly references: KnownReferences }>();

  constructor(private readonly source: ReferenceSource) {}

  /** Looks up where the references of these schemas lead, for a twin of this owner. */
  async learn(owner: OrganizationId | undefined, schemas: readonly (FormSchema | undefined)[]): Promise<void> {
    for (const schema of schemas) {
      if (typeof schema !== 'object' || this.known.has(schema) || !JSON.stringify(schema).includes('"$ref"')) continue;
      const references = await this.source.references(owner, schema);
      if (references !== undefined) this.known.set(schema, { reader: new SchemaReader(references), references });
    }
  }

  of(schema: FormSchema | undefined): SchemaReader {
    return (schema === undefined ? undefined : this.known.get(schema)?.reader) ?? this.plain;
  }

  /** What formats are to know of a schema that refers to shared ones; undefined: the schema itself will do. */
  typing(schema: FormSchema | undefined): FormSchema | undefined {
    const references = schema === undefined ? undefined : this.known.get(schema)?.references;
    return references && typingSchema(references);
  }
}
