import { Inject, Injectable } from '@nestjs/common';
import { FeatureSchemas } from '../../dictionary/shared-schema/feature-schemas.js';
import { SchemaRefused } from '../../dictionary/json-schema/schema-refused.js';
import type { Principal } from '../../security/principal.js';
import type { FeatureSpec, TwinRecord } from '../twin.js';
import { type ReadinessCheck, TWIN_INBOX, type TwinInbox } from './readiness.js';

/** Whether values fit the schemas of the features they belong to: those the caller sends, else the last ones published. */
@Injectable()
export class SampleCheck {
  constructor(
    private readonly schemas: FeatureSchemas,
    @Inject(TWIN_INBOX) private readonly inbox: TwinInbox,
  ) {}

  /** One check for every feature. */
  async check(principal: Principal, twin: TwinRecord, samples: Readonly<Record<string, unknown>>): Promise<ReadinessCheck[]> {
    const checks: ReadinessCheck[] = [];
    for (const feature of twin.profile.features) checks.push(await this.one(principal, twin, feature, samples));
    return checks;
  }

  private async one(
    principal: Principal,
    twin: TwinRecord,
    feature: FeatureSpec,
    samples: Readonly<Record<string, unknown>>,
  ): Promise<ReadinessCheck> {
    const about = { name: 'sample', subject: feature.name } as const;
    const schema = feature.kind === 'data' ? feature.schema : feature.input;
    if (schema === undefined) return { ...about, outcome: 'skipped', detail: 'The feature has no schema: anything fits.' };
    const given = Object.hasOwn(samples, feature.name) ? { value: samples[feature.name] } : undefined;
    const sample = given ?? (feature.kind === 'data' ? await this.published(principal, twin, feature.name) : undefined);
    if (sample === undefined) {
      const remedy = feature.kind === 'data' ? 'Send one in samples, or publish a value.' : 'Send parameters in samples.';
      return { ...about, outcome: 'skipped', detail: 'There is no sample.', remedy };
    }
    const source = given === undefined ? 'The last published value' : 'The sample';
    try {
      const [first] = (await this.schemas.compile(twin.owner, schema)).validate(sample.value);
      if (first === undefined) return { ...about, outcome: 'passed', detail: `${source} fits the schema.` };
      const detail = `${source} does not fit the schema at ${first.pointer === '' ? 'its root' : first.pointer}: ${first.detail}.`;
      return { ...about, outcome: 'failed', detail, remedy: 'Correct the value, or the schema of the feature.' };
    } catch (error) {
      if (!(error instanceof SchemaRefused)) throw error;
      const remedy = 'Register the shared schemas that it refers to, or replace it.';
      return { ...about, outcome: 'failed', detail: `The schema cannot be used: ${error.detail}.`, remedy };
    }
  }

  private async published(principal: Principal, twin: TwinRecord, feature: string): Promise<{ value: unknown } | undefined> {
    const text = await this.inbox.lastValue(principal, twin.id, feature);
    return text === undefined ? undefined : { value: JSON.parse(text) as unknown };
  }
}
