import { canonicalJson } from '../../kernel/canonical-json.js';
import type { AdaptationFlow, AdaptationLoss, AdaptationPlan, AdaptationStep, PlannedFeature } from './adaptation-plan.js';

/** What differs in one flow. */
export interface FlowDifference {
  readonly twin: string;
  readonly feature: string;
  readonly purpose: AdaptationFlow['purpose'];
  readonly steps: readonly { readonly step: string; readonly change: 'added' | 'removed' | 'changed' | 'moved' }[];
  /** Losses that there were not before, and that there are no more. */
  readonly newLosses: readonly AdaptationLoss[];
  readonly endedLosses: readonly AdaptationLoss[];
  /** Whether the form in which the receiver gets it is another. */
  readonly targetChanged: boolean;
}

/** What differs between two plans of one connection. */
export interface PlanDifference {
  readonly isSame: boolean;
  readonly features: readonly {
    readonly twin: string;
    readonly feature: string;
    readonly change: 'added' | 'removed' | 'version' | 'need';
  }[];
  readonly flows: readonly FlowDifference[];
}

/** Compares two plans by feature, flow and step; the numbers of their versions do not matter. */
export function planDifference(old: AdaptationPlan, fresh: AdaptationPlan): PlanDifference {
  const features: PlanDifference['features'][number][] = [];
  const flows: FlowDifference[] = [];
  for (const feature of fresh.features) {
    const before = find(old, feature);
    const named = { twin: feature.twin, feature: feature.name };
    if (before === undefined) features.push({ ...named, change: 'added' });
    else {
      if (before.version !== feature.version) features.push({ ...named, change: 'version' });
      if (before.need !== feature.need) features.push({ ...named, change: 'need' });
    }
    for (const purpose of purposes(before, feature)) {
      const difference = flowDifference(named, purpose, flowOf(before, purpose), flowOf(feature, purpose));
      if (difference !== undefined) flows.push(difference);
    }
  }
  for (const { twin, name } of old.features.filter((each) => find(fresh, each) === undefined))
    features.push({ twin, feature: name, change: 'removed' });
  return { isSame: features.length === 0 && flows.length === 0, features, flows };
}

function find(plan: AdaptationPlan, { twin, name, kind }: PlannedFeature): PlannedFeature | undefined {
  return plan.features.find((each) => each.twin === twin && each.name === name && each.kind === kind);
}

function purposes(...features: readonly (PlannedFeature | undefined)[]): AdaptationFlow['purpose'][] {
  return [...new Set(features.flatMap((feature) => (feature?.flows ?? []).map(({ purpose }) => purpose)))];
}

function flowOf(feature: PlannedFeature | undefined, purpose: AdaptationFlow['purpose']): AdaptationFlow | undefined {
  return feature?.flows?.find((flow) => flow.purpose === purpose);
}

function flowDifference(
  named: { readonly twin: string; readonly feature: string },
  purpose: AdaptationFlow['purpose'],
  old: AdaptationFlow | undefined,
  fresh: AdaptationFlow | undefined,
): FlowDifference | undefined {
  const steps = stepDifferences(old?.steps ?? [], fresh?.steps ?? []);
  const newLosses = (fresh?.losses ?? []).filter((loss) => !has(old?.losses ?? [], loss));
  const endedLosses = (old?.losses ?? []).filter((loss) => !has(fresh?.losses ?? [], loss));
  const targetChanged = canonicalJson(old?.target ?? null) !== canonicalJson(fresh?.target ?? null);
  if (steps.length === 0 && newLosses.length === 0 && endedLosses.length === 0 && !targetChanged) return undefined;
  return { ...named, purpose, steps, newLosses, endedLosses, targetChanged };
}

function stepDifferences(old: readonly AdaptationStep[], fresh: readonly AdaptationStep[]): FlowDifference['steps'] {
  const kept = old.filter(({ id }) => fresh.some((step) => step.id === id)).map(({ id }) => id);
  const order = fresh.filter(({ id }) => kept.includes(id)).map(({ id }) => id);
  return [
    ...fresh.flatMap((step): FlowDifference['steps'] => {
      const before = old.find(({ id }) => id === step.id);
      if (before === undefined) return [{ step: step.id, change: 'added' as const }];
      if (canonicalJson(before) !== canonicalJson(step)) return [{ step: step.id, change: 'changed' as const }];
      return kept.indexOf(step.id) === order.indexOf(step.id) ? [] : [{ step: step.id, change: 'moved' as const }];
    }),
    ...old.filter(({ id }) => !kept.includes(id)).map(({ id }) => ({ step: id, change: 'removed' as const })),
  ];
}

function has(losses: readonly AdaptationLoss[], loss: AdaptationLoss): boolean {
  return losses.some((each) => canonicalJson(each) === canonicalJson(loss));
}
