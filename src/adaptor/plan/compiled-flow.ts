import type { AdaptationFlow } from './adaptation-plan.js';

/** A flow made ready to run, once per connection and plan version. */
export interface CompiledFlow {
  readonly flow: AdaptationFlow;
  /** Payloads pass untouched: there is nothing to run. */
  readonly isIdentity: boolean;
  /**
   * Adapts one payload, as JSON text; the outcome is JSON text that fits the receiver's form. Runs synchronously unless a step runs elsewhere (a script).
   * @throws StepFailed (or a promise rejected with it)
   */
  run(text: string): string | Promise<string>;
}

/** A payload that a step could not adapt. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';

  constructor(
    /** Id of the step; `check` when the outcome does not fit the receiver's form. */
    readonly step: string,
    readonly detail: string,
    /** RFC 6901 pointer into the value before the step. */
    readonly pointer: string | undefined,
    /** The value before the step, as JSON text; cut by whoever stores it. */
    readonly before: string,
  ) {
    super(`step ${step}: ${detail}`);
  }
}
