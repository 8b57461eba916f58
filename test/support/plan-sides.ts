import type { DomainEvents } from '../../src/database/domain-events.js';
import { FeatureSchemas } from '../../src/dictionary/shared-schema/feature-schemas.js';
import type { SharedSchemaRepository } from '../../src/dictionary/shared-schema/shared-schema.repository.js';
import { Adaptor } from '../../src/adaptor/adaptor.js';
import type {
  AdaptationFlow,
  AdaptationPlan,
  AdaptationProfile,
  ProfiledFeature,
  ProfiledNeed,
} from '../../src/adaptor/plan/adaptation-plan.js';
import type { PlanTerms } from '../../src/adaptor/plan/plan-terms.js';
import type { TermDirectory } from '../../src/dictionary/term/term-directory.js';
import { parseTwinId } from '../../src/kernel/ids.js';
import type { DomainError } from '../../src/problems/domain-error.js';
import { aDictionary, type GivenTerm } from './term-source.js';

export const fire = parseTwinId('urn:example:twin:fire');
export const traffic = parseTwinId('urn:example:twin:traffic');
export const T = 'urn:test:term:';

export function anAdaptor(terms: readonly GivenTerm[] = []): Adaptor {
  const noneShared = { find: () => Promise.resolve([]) } as unknown as SharedSchemaRepository;
  const schemas = new FeatureSchemas(noneShared, { subscribe: () => undefined } as unknown as DomainEvents);
  return new Adaptor(aDictionary(terms) as unknown as TermDirectory, schemas);
}

export interface Sides {
  readonly feature: Partial<ProfiledFeature>;
  readonly need?: Partial<ProfiledNeed>;
  readonly needs?: readonly ProfiledNeed[];
  readonly terms?: readonly GivenTerm[];
  readonly answers?: PlanTerms;
}

/** A plan of one feature of `traffic` that `fire` needs. */
export function planOf({ feature, need, needs, terms, answers }: Sides): Promise<AdaptationPlan> {
  const named = { kind: 'data', name: 'flow' } as const;
  const requester: AdaptationProfile = { twin: fire, features: [], needs: needs ?? (need === undefined ? [] : [{ ...named, ...need }]) };
  const responder: AdaptationProfile = { twin: traffic, features: [{ ...named, version: '1.0.0', ...feature }] };
  return anAdaptor(terms).plan(requester, responder, [{ twin: traffic, name: feature.name ?? 'flow' }], answers);
}

export async function flowOf(sides: Sides): Promise<AdaptationFlow> {
  const flow = (await planOf(sides)).features[0]?.flows?.[0];
  if (flow === undefined) throw new Error('no flow');
  return flow;
}

export async function run(flow: AdaptationFlow, value: unknown): Promise<unknown> {
  return JSON.parse(await anAdaptor().compile(flow).run(JSON.stringify(value))) as unknown;
}

export async function refusal(sides: Sides): Promise<DomainError> {
  const error: unknown = await planOf(sides).then(
    (plan) => new Error(`planned: ${JSON.stringify(plan)}`),
    (thrown: unknown) => thrown,
  );
  return error as DomainError;
}

export type Schema = Record<string, unknown>;
export const object = (properties: object, required: string[] = [], more: object = {}): Schema => ({
  type: 'object',
  properties,
  required,
  ...more,
});
export const number = (more: object = {}): Schema => ({ type: 'number', ...more });
export const text = (more: object = {}): Schema => ({ type: 'string', ...more });
