import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { ParameterReader, type Parameters } from '../parameters.js';
import { changeAt, GONE, placeOf } from '../place.js';
import type { RunStep, SemanticStep } from '../semantic-step.js';

/** Takes members away: `{at: ['/a', '/b']}`. There is no way back. */
export class DropStep implements SemanticStep {
  readonly name = 'drop';

  read(parameters: unknown): Parameters {
    const reader = new ParameterReader(this.name);
    const at = reader.places(reader.object(parameters, ['at']), 'at');
    return reader.done({ at });
  }

  compile(parameters: Parameters): RunStep {
    const runs = atOf(parameters).map((at) => changeAt(placeOf(at), () => GONE));
    return (value) => runs.reduce((before, run) => run(before), value);
  }

  /** What is gone stays gone; the rest needs no way back. */
  inverse(): { name: string; parameters: Parameters } {
    return { name: this.name, parameters: { at: [] } };
  }

  losses(parameters: Parameters): readonly AdaptationLoss[] {
    return atOf(parameters).map((pointer) => ({ kind: 'property-dropped', pointer, detail: `${pointer || 'The value'} is left out.` }));
  }
}

function atOf({ at }: Parameters): readonly string[] {
  return at as readonly string[];
}
