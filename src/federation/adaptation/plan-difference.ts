import { canonicalJson } from '../../kernel/canonical-json.js';
import type { AdaptationFlow, AdaptationLoss, AdaptationPlan, AdaptationStep, PlannedFeature } from '../../adaptor/plan/adaptation-plan.js';

/** A step that is in one of two plans alone, or differs. */
export interface StepChange {
  readonly change: 'added' | 'removed' | 'changed';
  readonly step: string;
  readonly before?: AdaptationStep;
  readonly after?: AdaptationStep;
}

/** What differs in one flow. */
export interface FlowChange {
  readonly twin: string;
  readonly feature: string;
  readonly purpose: AdaptationFlow['purpose'];
  readonly steps: readonly StepChange[];
  readonly lossesAdded: readonly AdaptationLoss[];
  readonly lossesRemoved: readonly AdaptationLoss[];
}

/** What differs between two plans of a connection. */
export interface PlanDifference {
  /** Versions of features, and features that came or went. */
  readonly features: readonly { readonly twin: string; readonly feature: string; readonly before?: string; readonly after?: string }[];
  readonly flows: readonly FlowChange[];
  /** Nothing more is lost, and nothing rests on a match less sure than before: the plan may be applied without anybody looking at it. */
  readonly isCompatible: boolean;
}

const keyOf = ({ twin, kind, name }: PlannedFeature): string => `${kind} ${twin} ${name}`;

/** What differs between a plan and the one that would take its place. Pure. */
export function difference(before: AdaptationPlan, after: AdaptationPlan): PlanDifference {
  const [old, fresh] = [before, after].map(({ features }) => new Map(features.map((each) => [keyOf(each), each])));
  const keys = [...new Set([...(old?.keys() ?? []), ...(fresh?.keys() ?? [])])];
  const pairs = keys.map((key) => [old?.get(key), fresh?.get(key)] as const);
  const features = pairs.flatMap(([one, other]) => {
    const { twin, name: feature } = one ?? other ?? { twin: '', name: '' };
    return one?.version === other?.version ? [] : [{ twin, feature, before: one?.version, after: other?.version }];
  });
  const flows = pairs.flatMap(([one, other]) => flowChanges(one, other));
  const isComplete = pairs.every(([one, other]) => one !== undefined && other !== undefined);
  return { features, flows, isCompatible: isComplete && flows.every(isHarmless) };
}

function flowChanges(one: PlannedFeature | undefined, other: PlannedFeature | undefined): FlowChange[] {
  const { twin, name: feature } = one ?? other ?? { twin: '', name: '' };
  return (['data', 'input', 'output'] as const).flatMap((purpose) => {
    const [before, after] = [one, other].map((each) => each?.flows?.find((flow) => flow.purpose === purpose));
    const steps = stepChanges(before?.steps ?? [], after?.steps ?? []);
    const lossesAdded = without(after?.losses ?? [], before?.losses ?? []);
    const lossesRemoved = without(before?.losses ?? [], after?.losses ?? []);
    const isSame = steps.length === 0 && lossesAdded.length === 0 && lossesRemoved.length === 0;
    return isSame ? [] : [{ twin, feature, purpose, steps, lossesAdded, lossesRemoved }];
  });
}

function stepChanges(before: readonly AdaptationStep[], after: readonly AdaptationStep[]): StepChange[] {
  const removed = before.filter(({ id }) => !after.some((step) => step.id === id));
  return [
    ...removed.map((step): StepChange => ({ change: 'removed', step: step.id, before: step })),
    ...after.flatMap((step): StepChange[] => {
      const present = before.find(({ id }) => id === step.id);
      if (present === undefined) return [{ change: 'added', step: step.id, after: step }];
      return isEqual(present, step) ? [] : [{ change: 'changed', step: step.id, before: present, after: step }];
    }),
  ];
}

/** Nothing more is lost, and every match that is less than declared was there before. */
function isHarmless({ steps, lossesAdded }: FlowChange): boolean {
  const isSure = ({ before, after }: StepChange): boolean => {
    const known = unsureMatches(before);
    return unsureMatches(after).every((match) => known.includes(match));
  };
  return lossesAdded.length === 0 && steps.every(isSure);
}

/** What of a step rests on a match of terms that nobody declared, in words to compare. */
function unsureMatches(step: AdaptationStep | undefined): string[] {
  if (step === undefined) return [];
  const moves = Array.isArray(step.parameters['moves']) ? (step.parameters['moves'] as unknown[]) : [];
  const unsure = moves.filter((move) => isUnsure((move as { confidence?: unknown } | null)?.confidence)).map((move) => canonicalJson(move));
  return isUnsure(step.confidence) && unsure.length === 0 ? [`${step.name} ${step.confidence ?? ''}`] : unsure;
}

function isUnsure(confidence: unknown): boolean {
  return typeof confidence === 'number' && confidence < 1;
}

function without<T>(all: readonly T[], those: readonly T[]): T[] {
  return all.filter((one) => !those.some((other) => isEqual(one, other)));
}

function isEqual(one: unknown, other: unknown): boolean {
  return canonicalJson(one) === canonicalJson(other);
}
