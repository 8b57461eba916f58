import { Injectable } from '@nestjs/common';
import type { CompiledSchema } from '../../dictionary/json-schema/compiled-schema.js';
import { SchemaCache } from '../../dictionary/json-schema/schema-cache.js';
import { DomainError } from '../../problems/domain-error.js';
import type { JsonSchemaDocument } from '../../registry/twin.js';
import type { IncomingMessage } from './incoming-message.js';

/** Checks payloads against the schemas of features. A schema object is compiled once for as long as whoever holds it remembers it. */
@Injectable()
export class FeatureValidation {
  private readonly compiled = new WeakMap<object, CompiledSchema>();

  constructor(private readonly schemas: SchemaCache) {}

  /**
   * Checks the payload of a message. A message without payload fits only a schema that accepts null.
   * @throws DomainError `payload-invalid` with the places that do not fit
   */
  check(message: IncomingMessage, schema: JsonSchemaDocument | undefined, what: string): void {
    if (schema === undefined || schema === true) return;
    const violations = this.compile(schema).validate(message.payload?.value ?? null);
    const first = violations[0];
    if (first === undefined) return;
    const missing = message.payload === undefined;
    const errors = missing
      ? [{ pointer: '/data/payload', detail: 'is required' }]
      : violations.map(({ pointer, detail }) => ({ pointer: `/data/payload${pointer}`, detail }));
    throw new DomainError(
      'payload-invalid',
      `The payload does not fit the schema of ${what}: ${missing ? 'it is missing' : first.detail}.`,
      {
        pointer: errors[0]?.pointer,
        errors,
      },
    );
  }

  private compile(schema: JsonSchemaDocument): CompiledSchema {
    if (typeof schema === 'boolean') return this.schemas.get(schema);
    const known = this.compiled.get(schema);
    if (known !== undefined) return known;
    const compiled = this.schemas.get(schema);
    this.compiled.set(schema, compiled);
    return compiled;
  }
}
