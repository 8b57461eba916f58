import { Injectable } from '@nestjs/common';
import { typingSchema } from '../../adaptor/format/typing-schema.js';
import { SchemaRefused } from '../../dictionary/json-schema/schema-refused.js';
import { FeatureSchemas } from '../../dictionary/shared-schema/feature-schemas.js';
import type { TwinId } from '../../kernel/ids.js';
import { TwinDirectory } from '../../registry/twin-directory.js';

/** Schemas as formats without types read them: with the shared ones that they refer to. Each object is looked at once. */
@Injectable()
export class TypingSchemas {
  private readonly known = new WeakMap<object, unknown>();

  constructor(
    private readonly schemas: FeatureSchemas,
    private readonly twins: TwinDirectory,
  ) {}

  /**
   * What a format is made ready with for values of this schema: the same object whenever it is asked for.
   * @param twin whose schema it is: its owner's shared schemas come before public ones
   */
  async of(twin: TwinId, schema: unknown): Promise<unknown> {
    if (typeof schema !== 'object' || schema === null) return schema;
    const known = this.known.get(schema);
    if (known !== undefined) return known;
    const owner = (await this.twins.find(twin))?.owner;
    if (owner === undefined) return schema;
    try {
      const typing = typingSchema((await this.schemas.compile(owner, schema)).references) ?? schema;
      this.known.set(schema, typing);
      return typing;
    } catch (error) {
      // What it refers to is gone: whoever holds the value against it says so.
      if (error instanceof SchemaRefused) return schema;
      throw error;
    }
  }
}
