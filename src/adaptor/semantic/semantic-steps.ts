import { CastStep } from './cast/cast.step.js';
import { CodesStep } from './codes/codes.step.js';
import { CrsStep } from './crs/crs.step.js';
import { DefaultStep } from './default/default.step.js';
import { DropStep } from './drop/drop.step.js';
import { EntriesStep } from './entries/entries.step.js';
import { IdentifierStep } from './identifier/identifier.step.js';
import { MoveStep } from './move/move.step.js';
import { ScriptStep } from './script/script.step.js';
import type { SemanticStep } from './semantic-step.js';
import { TimeStep } from './time/time.step.js';
import { UnitStep } from './unit/unit.step.js';

/** Every semantic step that is offered: a new one adds its class here, and nothing else. */
export const SEMANTIC_STEPS = [
  MoveStep,
  EntriesStep,
  DropStep,
  DefaultStep,
  UnitStep,
  CodesStep,
  IdentifierStep,
  CrsStep,
  TimeStep,
  CastStep,
  ScriptStep,
] as const;

/** The steps by their names. */
export class SemanticSteps {
  private readonly byName: ReadonlyMap<string, SemanticStep>;

  constructor(steps: readonly SemanticStep[] = SEMANTIC_STEPS.map((Step) => new Step())) {
    this.byName = new Map(steps.map((step) => [step.name, step]));
  }

  get names(): string[] {
    return [...this.byName.keys()];
  }

  /** A step by its name; undefined when it is not offered. */
  find(name: string): SemanticStep | undefined {
    return this.byName.get(name);
  }
}
