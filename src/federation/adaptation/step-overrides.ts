import type { AdaptationFlow, AdaptationPlan, AdaptationStep } from '../../adaptor/plan/adaptation-plan.js';
import type { FlowReference, StepOverride } from '../../adaptor/plan/plan-terms.js';

/** A plan after what people said of its steps, and what of it found no step. */
export interface OverriddenPlan {
  readonly plan: AdaptationPlan;
  readonly unplaced: readonly StepOverride[];
}

/** Whether a flow of the plan is the one that is referred to. */
export function isFlow(reference: FlowReference, feature: { readonly twin: string; readonly name: string }, flow: AdaptationFlow): boolean {
  return reference.twin === feature.twin && reference.feature === feature.name && reference.purpose === flow.purpose;
}

/** Puts what people said of single steps over what the planner chose. Pure. */
export function override(plan: AdaptationPlan, overrides: readonly StepOverride[]): OverriddenPlan {
  if (overrides.length === 0) return { plan, unplaced: [] };
  const placed = new Set<StepOverride>();
  const features = plan.features.map((feature) => {
    if (feature.flows === undefined) return feature;
    const flows = feature.flows.map((flow) => {
      const own = overrides.filter((each) => isFlow(each, feature, flow));
      return own.length === 0 ? flow : { ...flow, steps: flow.steps.flatMap((step) => overridden(step, own, placed)) };
    });
    return { ...feature, flows };
  });
  return { plan: { ...plan, features }, unplaced: overrides.filter((each) => !placed.has(each)) };
}

function overridden(step: AdaptationStep, own: readonly StepOverride[], placed: Set<StepOverride>): AdaptationStep[] {
  const said = own.find((each) => each.step === step.id);
  if (said === undefined) return [step];
  placed.add(said);
  if (said.skipped === true) return [];
  const { parameters = step.parameters, pinned } = said;
  // What the planner knew of the outcome no longer holds once the parameters are others.
  const { schema, losses, confidence, ...rest } = step;
  const known = said.parameters === undefined ? { schema, losses, confidence } : {};
  return [{ ...rest, ...known, parameters, by: 'operator', ...(pinned === true ? { pinned: true } : {}) }];
}

/**
 * Overrides as they are kept: a pin without parameters holds on to those of the step as it is now, so that planning anew leaves them. Pure.
 */
export function withPins(plan: AdaptationPlan, overrides: readonly StepOverride[]): StepOverride[] {
  return overrides.map((said) => {
    if (said.pinned !== true || said.parameters !== undefined || said.skipped === true) return said;
    const flows = plan.features.flatMap((feature) => (feature.flows ?? []).filter((flow) => isFlow(said, feature, flow)));
    const step = flows.flatMap(({ steps }) => steps).find(({ id }) => id === said.step);
    return step === undefined ? said : { ...said, parameters: step.parameters };
  });
}
