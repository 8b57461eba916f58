import { DomainError } from '../../problems/domain-error.js';
import type { SemanticSteps } from '../semantic/semantic-steps.js';
import type { AdaptationFlow, AdaptationPlan, AdaptationStep } from './adaptation-plan.js';
import type { StepOverride } from './plan-terms.js';

/**
 * The plan with what people say of single steps. A step that is pinned and that planning anew no longer has is put back where it would stand.
 * @param previous the plan before, from which pinned steps are taken
 * @throws DomainError `validation-failed` when a step is not there, or its parameters are not valid
 */
export function applyOverrides(
  plan: AdaptationPlan,
  overrides: readonly StepOverride[],
  steps: SemanticSteps,
  previous?: AdaptationPlan,
): AdaptationPlan {
  let changed = plan;
  for (const [index, override] of overrides.entries()) {
    let isFound = false;
    changed = mapFlows(changed, (twin, feature, flow) => {
      if (twin !== override.twin || feature !== override.feature || flow.purpose !== override.purpose) return flow;
      const found = flow.steps.findIndex(({ id }) => id === override.step);
      const former = found < 0 && override.pinned === true ? formerStep(previous, override) : undefined;
      if (found < 0 && former === undefined) return flow;
      isFound = true;
      const at = found < 0 ? Math.min(former?.index ?? 0, flow.steps.length) : found;
      const step = found < 0 ? former?.step : flow.steps[found];
      const fresh = step === undefined || override.skipped === true ? [] : [overridden(step, override, steps, `/overrides/${index}`)];
      const after = [...flow.steps.slice(0, at), ...fresh, ...flow.steps.slice(found < 0 ? at : at + 1)];
      return {
        ...flow,
        steps: after,
        losses: [...flow.losses.filter((loss) => step?.losses?.includes(loss) !== true), ...fresh.flatMap(({ losses }) => losses ?? [])],
      };
    });
    if (!(isFound as boolean))
      throw refused(`/overrides/${index}/step`, `is no step of ${override.purpose} of ${override.feature}: ${override.step}`);
  }
  return changed;
}

function overridden(step: AdaptationStep, { parameters, pinned }: StepOverride, steps: SemanticSteps, pointer: string): AdaptationStep {
  const semantic = steps.find(step.name);
  const given = parameters ?? step.parameters;
  try {
    const read = semantic?.read(given) ?? given;
    const losses = semantic?.losses(read) ?? step.losses ?? [];
    const { losses: _losses, ...rest } = step;
    return {
      ...rest,
      parameters: read,
      ...(losses.length === 0 ? {} : { losses }),
      by: 'operator',
      ...(pinned === true ? { pinned } : {}),
    };
  } catch (error) {
    if (error instanceof DomainError) throw error.beneath(`${pointer}/parameters`);
    throw error;
  }
}

function formerStep(
  previous: AdaptationPlan | undefined,
  { twin, feature, purpose, step }: StepOverride,
): { step: AdaptationStep; index: number } | undefined {
  const flow = previous?.features
    .find((each) => each.twin === twin && each.name === feature)
    ?.flows?.find((each) => each.purpose === purpose);
  const index = flow?.steps.findIndex(({ id }) => id === step) ?? -1;
  const found = flow?.steps[index];
  return found === undefined ? undefined : { step: found, index };
}

function mapFlows(plan: AdaptationPlan, change: (twin: string, feature: string, flow: AdaptationFlow) => AdaptationFlow): AdaptationPlan {
  return {
    ...plan,
    features: plan.features.map((feature) =>
      feature.flows === undefined ? feature : { ...feature, flows: feature.flows.map((flow) => change(feature.twin, feature.name, flow)) },
    ),
  };
}

function refused(pointer: string, detail: string): DomainError {
  return new DomainError('validation-failed', `${pointer} ${detail}.`, { pointer, errors: [{ pointer, detail }] });
}
