import { Injectable } from '@nestjs/common';
import type { AdaptationFlow } from '../../adaptor/plan/adaptation-plan.js';
import type { CheckValue } from '../../adaptor/plan/flow-runner.js';
import { SchemaRefused } from '../../dictionary/json-schema/schema-refused.js';
import { FeatureSchemas } from '../../dictionary/shared-schema/feature-schemas.js';
import { DomainError } from '../../problems/domain-error.js';
import { TwinDirectory } from '../../registry/twin-directory.js';

/** Holds what comes out of a flow against the form that its receiver declared. */
@Injectable()
export class ReceiverChecks {
  constructor(
    private readonly twins: TwinDirectory,
    private readonly schemas: FeatureSchemas,
  ) {}

  /**
   * The check of a flow; undefined when its target has no schema.
   * @throws DomainError `schema-unresolvable` when the schema refers to what is no longer shared
   */
  async of({ target, from, to, purpose }: AdaptationFlow): Promise<CheckValue | undefined> {
    const schema = target?.schema;
    if (schema === undefined || schema === true) return undefined;
    const owner = (await this.twins.find(to))?.owner ?? (await this.twins.find(from))?.owner;
    if (owner === undefined) return undefined;
    try {
      const compiled = await this.schemas.compile(owner, schema);
      return (value) => {
        const [first] = compiled.validate(value);
        // Numbers that no double holds are objects on the way; the schema's checker knows plain ones.
        return first === undefined ? undefined : compiled.validate(JSON.parse(JSON.stringify(value)) as unknown)[0];
      };
    } catch (error) {
      if (!(error instanceof SchemaRefused)) throw error;
      throw new DomainError('schema-unresolvable', `The ${purpose} schema of ${to} cannot be used: it ${error.detail}.`, { cause: error });
    }
  }
}
