import type { PayloadFormats } from '../format/payload-formats.js';
import type { SemanticSteps } from '../semantic/semantic-steps.js';
import type { AdaptationFlow, AdaptationStep, ValueForm } from './adaptation-plan.js';

/** The flow that takes the way back to this form; or, when a step has no way back, its id. */
export function inverseFlow(
  flow: AdaptationFlow,
  source: ValueForm,
  steps: SemanticSteps,
  formats: PayloadFormats,
): { readonly flow: AdaptationFlow } | { readonly oneWay: string } {
  const back: AdaptationStep[] = [];
  for (const step of flow.steps.toReversed()) {
    if (step.name === 'decode' || step.name === 'encode') {
      if (formats.find(String(step.parameters.format)) === undefined) return { oneWay: step.id };
      const schema = flow.target?.schema;
      const name = step.name === 'decode' ? 'encode' : 'decode';
      back.push({ ...step, id: name, name, ...(name === 'decode' && schema !== undefined ? { schema } : {}) });
      continue;
    }
    const semantic = steps.find(step.name);
    const inverse = semantic?.inverse(semantic.read(step.parameters));
    if (inverse === undefined) return { oneWay: step.id };
    back.push({ id: step.id, ...inverse });
  }
  return { flow: { ...flow, from: flow.to, to: flow.from, steps: back, losses: [], target: source } };
}
