import type { FlowScript, StepOverride } from '../../adaptor/plan/plan-terms.js';

/** What people set for the plan of one connection; the identifiers come from its federation. */
export interface ConnectionTerms {
  readonly scripts?: readonly FlowScript[];
  readonly overrides?: readonly StepOverride[];
}
