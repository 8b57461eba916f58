import { fingerprint } from '../../kernel/canonical-json.js';
import { InvalidId, MAX_ID_LENGTH, parseUriId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { readSchema } from '../json-schema/compile-schema.js';
import { isPlainObject, measureSchema } from '../json-schema/schema-bounds.js';
import { SchemaRefused } from '../json-schema/schema-refused.js';
import { externalReferences } from './external-references.js';
import type { SharedSchemaDraft } from './shared-schema.js';

/**
 * Reads a schema that is to be shared: a valid one of its dialect, within the bounds of any schema, under an absolute URI: its `$id`, or the address
 * given. Patterns and references are checked when something uses them: a collection of definitions may refer to what comes later.
 * @throws DomainError `validation-failed`, with pointers into the schema behind `prefix`
 */
export function readSharedSchema(schema: unknown, address: string | undefined, prefix = ''): SharedSchemaDraft {
  try {
    const bytes = measureSchema(schema);
    const id = readAddress(address ?? ownId(schema), address === undefined ? `${prefix}/$id` : '/id');
    const document = readSchema(schema, id);
    const title =
      isPlainObject(schema) && typeof schema.title === 'string'
        ? schema.title
            .replace(/[\p{Cs}\p{Cc}]+/gu, ' ')
            .trim()
            .slice(0, 200)
        : undefined;
    return {
      id,
      title: title === '' ? undefined : title,
      dialect: document.dialect.name,
      bytes,
      refersTo: externalReferences(document),
      document: JSON.stringify(schema),
      fingerprint: fingerprint(schema),
    };
  } catch (error) {
    if (!(error instanceof SchemaRefused)) throw error;
    throw refusal(prefix + error.pointer, error.detail);
  }
}

/**
 * An absolute URI that a schema can be registered under; an empty fragment falls away.
 * @throws DomainError `validation-failed`
 */
export function readAddress(address: unknown, pointer: string): string {
  try {
    const uri = parseUriId(typeof address === 'string' ? address.replace(/#$/, '') : address);
    if (uri.includes('#')) throw refusal(pointer, 'must not have a fragment: a shared schema is a whole document');
    return new URL(uri).href;
  } catch (error) {
    if (error instanceof DomainError) throw error;
    const detail = error instanceof InvalidId ? error.detail : `must be an absolute URI of at most ${MAX_ID_LENGTH} characters`;
    throw refusal(pointer, address === undefined ? 'is required: the absolute URI that others refer to' : detail);
  }
}

function ownId(schema: unknown): unknown {
  return isPlainObject(schema) ? schema.$id : undefined;
}

function refusal(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer || 'The schema'} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}
