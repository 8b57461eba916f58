import type { TwinId } from '../../kernel/ids.js';
import type { AdaptationFlow } from './adaptation-plan.js';

/** One flow of a connection: of whose feature, on which way. */
export interface FlowReference {
  /** The twin whose feature it is. */
  readonly twin: TwinId;
  /** Name of the feature. */
  readonly feature: string;
  readonly purpose: AdaptationFlow['purpose'];
}

/** What an operator, or the owners of the two sides, say of one step instead of the planner. Applied to the plan after it is made. */
export interface StepOverride extends FlowReference {
  /** Id of the step, as the plan names it. */
  readonly step: string;
  /** Other parameters for it; absent, those that the planner chose. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** The step is left out. */
  readonly skipped?: boolean;
  /** The step stays as it is when the plan is made anew, whatever the planner would choose then. */
  readonly pinned?: boolean;
}

/** A JSONata expression that stands in place of all semantic steps of one flow: from the decoded value to the value that is encoded. */
export interface FlowScript extends FlowReference {
  readonly expression: string;
}

/** The answer to an ambiguous or missing match: which place of the sender's value one of the receiver's is. */
export interface MatchAnswer extends FlowReference {
  /** JSON pointers, `*` standing for each element of an array. */
  readonly from: string;
  readonly to: string;
}

/** Identifiers that mean the same thing in two schemes, per federation. */
export interface IdentifierPairs {
  /** Names of the schemes, as `x-identifier` says them. */
  readonly from: string;
  readonly to: string;
  readonly pairs: Readonly<Record<string, string>>;
}

/** What people say about the plan of a connection, beside the two profiles. The same profiles, terms and dictionary give the same plan. */
export interface PlanTerms {
  /** A flow with a script is not matched term by term, so that nothing about it can be ambiguous. */
  readonly scripts?: readonly FlowScript[];
  /** Answers outweigh whatever the terms say. */
  readonly matches?: readonly MatchAnswer[];
  /** The answers are given just now: one that points nowhere is a mistake. Later it may be that nobody asks any more; then it is passed over. */
  readonly isGivenNow?: boolean;
  /** The pairs are written into the parameters of the step, so that a plan says all it does. */
  readonly identifiers?: readonly IdentifierPairs[];
}
