import type { AdaptationLoss, AdaptationStep } from '../plan/adaptation-plan.js';

/** Why a step cannot do its work on a value. */
export class StepError extends Error {
  override readonly name = 'StepError';

  constructor(
    readonly detail: string,
    /** RFC 6901 pointer into the value before the step. */
    readonly pointer?: string,
  ) {
    super(detail);
  }
}

/** A step ready to run. It may change the value it is given, which nobody else holds. @throws StepError */
export type RunStep = (value: unknown) => unknown;

/** The port of semantic steps (SA-FE): one kind of change of a value. */
export interface SemanticStep {
  /** Its name in a plan; never changed. */
  readonly name: string;
  /**
   * Parameters, checked and completed with defaults.
   * @throws DomainError `validation-failed` with pointers into the parameters
   */
  read(parameters: unknown): Readonly<Record<string, unknown>>;
  /** Compiles the step, once per plan; what runs then is free of look-ups. */
  compile(parameters: Readonly<Record<string, unknown>>): RunStep | ((value: unknown) => Promise<unknown>);
  /** The step that takes the way back; undefined when there is none. */
  inverse(parameters: Readonly<Record<string, unknown>>): Pick<AdaptationStep, 'name' | 'parameters'> | undefined;
  /** What the step takes away. */
  losses(parameters: Readonly<Record<string, unknown>>): readonly AdaptationLoss[];
}
