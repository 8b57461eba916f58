import type { FlowScript, StepOverride } from '../../adaptor/plan/plan-terms.js';
import { parseTwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';

/** What people set for the plan of one connection; the identifiers come from its federation. */
export interface ConnectionTerms {
  readonly scripts?: readonly FlowScript[];
  readonly overrides?: readonly StepOverride[];
}

/** The terms as a request says them. */
interface GivenTerms {
  readonly scripts?: readonly (Omit<FlowScript, 'twin'> & { readonly twin: string })[];
  readonly overrides?: readonly (Omit<StepOverride, 'twin' | 'parameters'> & { readonly twin: string; readonly parameters?: unknown })[];
}

/**
 * The terms that a request says, without what it leaves open.
 * @throws DomainError `validation-failed` for parameters that are no object
 */
export function termsOf({ scripts = [], overrides = [] }: GivenTerms): ConnectionTerms {
  return {
    scripts: scripts.map(({ twin, feature, purpose, expression }) => ({ twin: parseTwinId(twin), feature, purpose, expression })),
    overrides: overrides.map(({ twin, feature, purpose, step, parameters, skipped, pinned }, index) => ({
      twin: parseTwinId(twin),
      feature,
      purpose,
      step,
      ...(parameters === undefined ? {} : { parameters: objectAt(parameters, `/overrides/${index}/parameters`) }),
      ...(skipped === true ? { skipped } : {}),
      ...(pinned === true ? { pinned } : {}),
    })),
  };
}

function objectAt(value: unknown, pointer: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new DomainError('validation-failed', `${pointer} must be an object.`, {
    pointer,
    errors: [{ pointer, detail: 'must be an object' }],
  });
}
