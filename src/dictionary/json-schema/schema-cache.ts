import { LRUCache } from 'lru-cache';
import { fingerprint } from '../../kernel/canonical-json.js';
import { compileSchema } from './compile-schema.js';
import type { CompiledSchema } from './compiled-schema.js';
import { measureSchema } from './schema-bounds.js';

/** Most schemas kept compiled. */
const MAX_SCHEMAS = 1_000;
/** Most text, in bytes, of all schemas kept compiled; compiled they take many times as much. */
const MAX_TEXT = 8 * 1024 * 1024;

/** Compiled schemas by the fingerprint of their text, those used longest ago forgotten first. Equal schemas of different owners share one: it has no state. */
export class SchemaCache {
  private readonly compiled = new LRUCache<string, CompiledSchema>({ max: MAX_SCHEMAS, maxSize: MAX_TEXT });

  /** The compiled form of a schema. Throws `SchemaRefused`; what is refused is not remembered. */
  get(schema: unknown): CompiledSchema {
    const size = measureSchema(schema);
    const key = fingerprint(schema).toString('base64');
    const known = this.compiled.get(key);
    if (known) return known;
    const compiled = compileSchema(schema);
    this.compiled.set(key, compiled, { size });
    return compiled;
  }
}
