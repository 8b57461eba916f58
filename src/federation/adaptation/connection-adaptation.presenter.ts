import type { FlowTrace } from '../../adaptor/plan/flow-runner.js';
import type { AdaptationTrialDto, ConnectionAdaptationDto, PlanProposalDto, PlanVersionDto } from './connection-adaptation.dto.js';
import type { PresentAdaptation } from './connection-adaptation.service.js';
import { appliesByItself, isRefusal, type PlanProposal, type PlanRefusal } from './plan-proposals.js';
import type { FlowTrial } from './plan-trials.service.js';
import type { StoredPlan } from './plan-versions.js';

/** The wire form of a version. */
export function planVersionWire({ version, heldFrom, isIdentity, digest, why, plan }: StoredPlan): PlanVersionDto {
  return { version, heldFrom: heldFrom.toISOString(), identity: isIdentity, digest, why, features: [...plan.features] };
}

/** The wire form of how a connection is adapted. */
export function adaptationWire({ connection: { id, terms }, stored }: PresentAdaptation): ConnectionAdaptationDto {
  return {
    connectionId: id,
    ...planVersionWire(stored),
    overrides: [...(terms.overrides ?? [])],
    scripts: [...(terms.scripts ?? [])],
    matches: [...(terms.matches ?? [])],
  };
}

/** The wire form of a proposal. */
export function proposalWire(planVersion: number, made: PlanProposal | PlanRefusal): PlanProposalDto {
  if (isRefusal(made)) return { planVersion, outcome: 'refused', refusal: { code: made.code, detail: made.detail, ...made.extensions } };
  const { digest, isNews, difference, unplaced, plan } = made;
  if (!isNews) return { planVersion, outcome: 'none', digest };
  return { planVersion, outcome: 'changed', digest, appliesByItself: appliesByItself(made), difference, unplaced: [...unplaced], plan };
}

/** A trial with its payloads as JSON. */
export function trialWire({ there, back }: FlowTrial): Pick<AdaptationTrialDto, 'steps' | 'result' | 'failure' | 'back'> {
  if (back === undefined) return traceWire(there);
  return { ...traceWire(there), back: 'oneWay' in back ? { oneWay: back.oneWay } : traceWire(back) };
}

function traceWire({ steps, outcome, failure }: FlowTrace): { steps: object[]; result?: unknown; failure?: object } {
  return {
    steps: steps.map(({ step, name, payload }) => ({ step, name, payload: JSON.parse(payload) as unknown })),
    ...(outcome === undefined ? {} : { result: JSON.parse(outcome) as unknown }),
    ...(failure === undefined ? {} : { failure: { step: failure.step, detail: failure.detail, pointer: failure.pointer } }),
  };
}
