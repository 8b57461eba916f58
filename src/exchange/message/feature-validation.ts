import { Injectable } from '@nestjs/common';
import type { CompiledSchema } from '../../dictionary/json-schema/compiled-schema.js';
import { SchemaRefused } from '../../dictionary/json-schema/schema-refused.js';
import { FeatureSchemas } from '../../dictionary/shared-schema/feature-schemas.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';
import type { JsonSchemaDocument } from '../../registry/twin.js';
import { isEncoded, PayloadDecoder, type SpokenForm } from '../adaptation/payload-decoder.js';
import { TypingSchemas } from '../adaptation/typing-schemas.js';
import type { IncomingMessage } from './incoming-message.js';

/** Checks payloads against the schemas of features. A schema object is compiled once for as long as whoever holds it remembers it. */
@Injectable()
export class FeatureValidation {
  private readonly compiled = new WeakMap<object, CompiledSchema>();

  constructor(
    private readonly schemas: FeatureSchemas,
    private readonly twins: TwinDirectory,
    private readonly decoder: PayloadDecoder,
    private readonly typings: TypingSchemas,
  ) {}

  /** Whether the payload fits a schema that needs no compiling any more; false says nothing. */
  isKnownToFit(message: IncomingMessage, schema: JsonSchemaDocument | undefined): boolean {
    if (schema === undefined || schema === true || message.envelope.data.payloadRef !== undefined) return true;
    const compiled = typeof schema === 'object' ? this.compiled.get(schema) : undefined;
    return compiled?.validate(message.payload?.value ?? null).length === 0;
  }

  /**
   * Checks the payload of a message against the schema of a feature of this twin. A message without payload fits only a schema that accepts null;
   * a payload by reference is not looked at. What is sent in a format other than JSON is decoded first.
   * @param form how whoever sent it speaks of it; absent, in JSON
   * @throws DomainError `payload-invalid` with the places that do not fit, `schema-unresolvable` when the schema refers to what is no longer shared
   */
  async check(
    message: IncomingMessage,
    twin: TwinId,
    schema: JsonSchemaDocument | undefined,
    what: string,
    form?: SpokenForm,
  ): Promise<void> {
    const { envelope, payload } = message;
    if (envelope.data.payloadRef !== undefined) return;
    const decoded = form !== undefined && isEncoded(form) && payload !== undefined;
    const value = decoded ? this.decoder.decode(form, await this.typings.of(twin, schema), payload) : payload?.value;
    if (schema === undefined || schema === true) return;
    const compiled = (typeof schema === 'object' ? this.compiled.get(schema) : undefined) ?? (await this.compile(twin, schema));
    const violations = compiled.validate(value ?? null);
    const first = violations[0];
    if (first === undefined) return;
    const missing = payload === undefined;
    const errors = missing
      ? [{ pointer: '/data/payload', detail: 'is required' }]
      : violations.map(({ pointer, detail }) => ({
          pointer: `/data/payload${pointer}`,
          detail: decoded ? `${detail} (once decoded)` : detail,
        }));
    throw new DomainError(
      'payload-invalid',
      `The payload does not fit the schema of ${what}: ${missing ? 'it is missing' : first.detail}.`,
      {
        pointer: errors[0]?.pointer,
        errors,
      },
    );
  }

  private async compile(twin: TwinId, schema: JsonSchemaDocument): Promise<CompiledSchema> {
    const owner = (await this.twins.find(twin))?.owner;
    if (owner === undefined) throw new DomainError('not-found', `There is no twin ${twin} any more.`);
    try {
      const compiled = await this.schemas.compile(owner, schema);
      if (typeof schema === 'object') this.compiled.set(schema, compiled);
      return compiled;
    } catch (error) {
      if (!(error instanceof SchemaRefused)) throw error;
      throw new DomainError('schema-unresolvable', `The schema of the feature cannot be used: it ${error.detail}.`, { cause: error });
    }
  }
}
