import type { TwinId } from '../../kernel/ids.js';
import type { AdaptationFlow, AdaptationPlan, AdaptationProfile } from './adaptation-plan.js';
import type { CheckValue } from './flow-runner.js';
import type { CompiledFlow } from './compiled-flow.js';
import type { PlanTerms, StepOverride } from './plan-terms.js';

/** Makes flows ready to run. */
export interface FlowCompiler {
  /** @throws DomainError when a step cannot be made ready */
  compile(flow: AdaptationFlow, check?: CheckValue): CompiledFlow | Promise<CompiledFlow>;
}

/** Plans the connection of two twins. */
export interface PlanMaker {
  /** @throws DomainError `adaptation-unsupported`, `semantic-unresolved` */
  plan(
    requester: AdaptationProfile,
    responder: AdaptationProfile,
    features: readonly { readonly twin: TwinId; readonly name: string }[],
    terms?: PlanTerms,
  ): AdaptationPlan | Promise<AdaptationPlan>;
  /** The plan with what people say of single steps. @throws DomainError `validation-failed` */
  override(plan: AdaptationPlan, overrides: readonly StepOverride[]): AdaptationPlan;
}

/** Injection tokens, both of the adaptor: what uses a part of it names that part. */
export const FLOW_COMPILER = Symbol('FLOW_COMPILER');
export const PLAN_MAKER = Symbol('PLAN_MAKER');
