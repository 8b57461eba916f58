import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { ScriptRunner } from '../../script/script-runner.js';
import { DomainError } from '../../../problems/domain-error.js';
import { ParameterReader, type Parameters } from '../parameters.js';
import type { SemanticStep } from '../semantic-step.js';

/** Of the whole process: what runs scripts is shared by all plans. */
const RUNNER = new ScriptRunner();

/**
 * Gives what a JSONata expression makes of the value: `{expression: '{"speed": v * 3.6}'}`. For what no other step can do; it runs in a process of its own,
 * bounded in time, depth and memory.
 */
export class ScriptStep implements SemanticStep {
  readonly name = 'script';

  constructor(private readonly runner = RUNNER) {}

  read(parameters: unknown): Parameters {
    const reader = new ParameterReader(this.name);
    const { expression } = reader.object(parameters, ['expression']);
    try {
      this.runner.check(expression);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      const { position } = error.extensions ?? {};
      const place = typeof position === 'number' ? ` (at ${position})` : '';
      reader.refuse('/expression', error.detail + place);
    }
    return reader.done({ expression });
  }

  compile({ expression }: Parameters): (value: unknown) => Promise<unknown> {
    return (value) => this.runner.run(expression as string, value);
  }

  inverse(): undefined {
    return undefined;
  }

  losses(): readonly AdaptationLoss[] {
    return [
      { kind: 'script', detail: 'what the expression leaves out or changes is not known' },
      { kind: 'rounding', detail: 'numbers beyond double precision are rounded' },
    ];
  }
}
