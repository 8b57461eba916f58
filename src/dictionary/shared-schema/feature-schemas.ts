import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DomainEvents } from '../../database/domain-events.js';
import { fingerprint } from '../../kernel/canonical-json.js';
import type { OrganizationId } from '../../kernel/ids.js';
import { compileIn, readSchema } from '../json-schema/compile-schema.js';
import type { CompiledSchema } from '../json-schema/compiled-schema.js';
import { measureSchema } from '../json-schema/schema-bounds.js';
import { MissingDocuments } from '../json-schema/schema-library.js';
import { SchemaRefused } from '../json-schema/schema-refused.js';
import { Closure } from './closure.js';
import { SchemaReferences } from './schema-references.js';
import { SharedSchemaRepository } from './shared-schema.repository.js';
import type { SharedSchemaKey } from './shared-schema.js';

/** Most schemas kept compiled. */
const MAX_SCHEMAS = 1_000;
/** Most text, in bytes, of all schemas kept compiled, with the shared ones they were compiled with; compiled they take many times as much. */
const MAX_TEXT = 32 * 1024 * 1024;

/** A compiled schema, with the registered shared schemas that it takes in: whoever stores it holds them (see SharedSchemaHold). */
export interface FeatureSchema extends CompiledSchema {
  readonly takesIn: readonly SharedSchemaKey[];
  /** Where its references lead. */
  readonly references: SchemaReferences;
}

/**
 * Compiles the schemas of features, which may refer to shared ones: their organization's own first, then the public ones of the dictionary. Nothing is
 * ever fetched. A schema that stands by itself is compiled once for all who use it, one with references once for each organization.
 */
@Injectable()
export class FeatureSchemas {
  private readonly standing = new LRUCache<string, FeatureSchema>({ max: MAX_SCHEMAS, maxSize: MAX_TEXT });
  private readonly referring = new LRUCache<string, FeatureSchema>({ max: MAX_SCHEMAS, maxSize: MAX_TEXT });
  private news = 0;

  constructor(
    private readonly shared: SharedSchemaRepository,
    events: DomainEvents,
  ) {
    // Shared schemas never change, but one of an organization's own may come before a public one, and one that was deleted is no longer there.
    events.subscribe(['schema.changed'], () => {
      this.news += 1;
      this.referring.clear();
    });
  }

  /**
   * The compiled form of a schema of a feature of this organization. What is refused is not remembered.
   * @throws SchemaRefused; `unresolvable-ref` with a `reference` when it refers to what is not registered
   */
  async compile(owner: OrganizationId, schema: unknown): Promise<FeatureSchema> {
    const size = measureSchema(schema);
    const print = fingerprint(schema).toString('base64');
    const key = `${owner} ${print}`;
    const known = this.standing.get(print) ?? this.referring.get(key);
    if (known) return known;
    const before = this.news;
    const closure = new Closure(this.shared, owner, readSchema(schema));
    const compiled = await compileWhole(closure);
    if (!closure.hasOthers) this.standing.set(print, compiled, { size });
    else if (before === this.news) this.referring.set(key, compiled, { size: size + closure.bytes });
    return compiled;
  }
}

/** Each round finds the documents that those of the round before refer to; their number is bounded. */
async function compileWhole(closure: Closure): Promise<FeatureSchema> {
  for (;;) {
    try {
      const compiled = compileIn(closure);
      return { validate: (payload) => compiled.validate(payload), takesIn: closure.keys, references: new SchemaReferences(closure) };
    } catch (error) {
      if (error instanceof SchemaRefused) throw closure.placed(error);
      if (!(error instanceof MissingDocuments)) throw error;
      await closure.load(error.missing);
    }
  }
}
