import type { AdaptationFlow, AdaptationPlan, AdaptationStep } from '../../adaptor/plan/adaptation-plan.js';
import type { FlowReference, StepOverride } from '../../adaptor/plan/plan-terms.js';

/** Whether a flow of the plan is the one that is referred to. */
export function isFlow(reference: FlowReference, feature: { readonly twin: string; readonly name: string }, flow: AdaptationFlow): boolean {
  return reference.twin === feature.twin && reference.feature === feature.name && reference.purpose === flow.purpose;
}

/** The step of a plan that is overridden; undefined when there is none. */
export function stepOf(plan: AdaptationPlan, said: StepOverride): AdaptationStep | undefined {
  const flows = plan.features.flatMap((feature) => (feature.flows ?? []).filter((flow) => isFlow(said, feature, flow)));
  return flows.flatMap(({ steps }) => steps).find(({ id }) => id === said.step);
}

/** Overrides as they are kept: a pin without parameters holds on to those of the step as it is now, so that planning anew leaves them. Pure. */
export function withPins(plan: AdaptationPlan, overrides: readonly StepOverride[]): StepOverride[] {
  return overrides.map((said) => {
    if (said.pinned !== true || said.parameters !== undefined || said.skipped === true) return said;
    const step = stepOf(plan, said);
    return step === undefined ? said : { ...said, parameters: step.parameters };
  });
}
