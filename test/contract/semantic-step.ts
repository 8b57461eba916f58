import type { AdaptationLoss } from '../../src/adaptor/plan/adaptation-plan.js';
import { roundTripDifferences } from '../../src/adaptor/preview/round-trip.js';
import { type SemanticStep, StepError } from '../../src/adaptor/semantic/semantic-step.js';
import { SemanticSteps } from '../../src/adaptor/semantic/semantic-steps.js';
import { DomainError } from '../../src/problems/domain-error.js';

/** What the suite needs to know of a step. */
export interface SemanticStepCase {
  readonly step: SemanticStep;
  readonly parameters: unknown;
  /** Values, with what the step makes of them. */
  readonly values: readonly { readonly given: unknown; readonly gives: unknown }[];
  /** Values that it cannot adapt, with the pointer that it names. */
  readonly refused: readonly { readonly given: unknown; readonly pointer: string | undefined }[];
  /** Parameters that it cannot use, with the pointer that is named. */
  readonly wrong: readonly { readonly parameters: unknown; readonly pointer: string }[];
}

const steps = new SemanticSteps();

function thrownBy(attempt: () => unknown): unknown {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Every semantic step passes it. */
export function semanticStepContract({ step, parameters, values, refused, wrong }: SemanticStepCase): void {
  const copy = (value: unknown): unknown => structuredClone(value);

  it('is known by its name', () => {
    expect(steps.find(step.name)?.name).toBe(step.name);
  });

  it('completes its parameters once: what it read it reads again as the same, and they survive JSON', () => {
    const read = step.read(parameters);
    expect(step.read(JSON.parse(JSON.stringify(read)))).toEqual(read);
    expect(JSON.stringify(step.read(parameters))).toBe(JSON.stringify(read));
  });

  it.each(values)('makes of $given $gives, again and again', async ({ given, gives }) => {
    const run = step.compile(step.read(parameters));
    for (let round = 0; round < 2; round += 1) expect(await run(copy(given))).toEqual(gives);
    expect(await step.compile(step.read(parameters))(copy(given))).toEqual(gives);
  });

  it.each(values)('gives $given back, but for what it declares lost', async ({ given }) => {
    const read = step.read(parameters);
    const inverse = step.inverse(read);
    if (inverse === undefined) {
      expect(step.losses(read)).not.toEqual([]);
      return;
    }
    const back = steps.find(inverse.name);
    if (back === undefined) throw new Error(`no step ${inverse.name}`);
    const outcome = await step.compile(read)(copy(given));
    const returned = await back.compile(back.read(inverse.parameters))(outcome);
    const losses: readonly AdaptationLoss[] = step.losses(read);
    expect(roundTripDifferences(given, returned, losses, new Set()).filter(({ loss }) => loss === undefined)).toEqual([]);
  });

  it.each(refused)('refuses $given at $pointer', ({ given, pointer }) => {
    const run = step.compile(step.read(parameters));
    const error = thrownBy(() => run(copy(given)));
    expect(error).toBeInstanceOf(StepError);
    expect((error as StepError).pointer).toBe(pointer);
  });

  it.each(wrong)('refuses the parameters $parameters at $pointer', ({ parameters: given, pointer }) => {
    const error = thrownBy(() => step.read(given));
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: 'validation-failed', pointer });
  });

  it('leaves alone what is absent or null', async () => {
    const run = step.compile(step.read(parameters));
    await expect((async () => run({}))()).resolves.toBeDefined();
  });
}
