import { UnitRefused } from '../../../dictionary/unit/unit-refused.js';
import { Units } from '../../../dictionary/unit/units.js';
import { numberOf } from '../../../kernel/exact-json.js';
import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { ParameterReader, type Parameters } from '../parameters.js';
import { changeAt, placeOf } from '../place.js';
import { type RunStep, type SemanticStep, StepError } from '../semantic-step.js';

interface UnitConversion {
  readonly at: string;
  /** UCUM. */
  readonly from: string;
  readonly to: string;
  /** The outcome is rounded to a whole number. */
  readonly integer: boolean;
}

const MEMBERS = ['at', 'from', 'to', 'integer'];

/** Converts numbers from one unit to another: `{conversions: [{at, from: 'km/h', to: 'm/s', integer}]}`, rounded to 15 significant digits. */
export class UnitStep implements SemanticStep {
  readonly name = 'unit';
  private readonly units = new Units();

  read(parameters: unknown): Parameters {
    const reader = new ParameterReader(this.name);
    const given = reader.object(parameters, ['conversions']);
    const conversions = reader.list<UnitConversion>(given, 'conversions', MEMBERS, (entry, pointer) => {
      const at = reader.place(entry, 'at', pointer);
      const [from, to] = [reader.text(entry, 'from', pointer), reader.text(entry, 'to', pointer)];
      const integer = entry.integer ?? false;
      if (typeof integer !== 'boolean') reader.refuse(`${pointer}/integer`, 'must be true or false');
      if (from === '' || to === '') return undefined;
      const fault = this.faultOf(from, to);
      if (fault !== undefined) reader.refuse(pointer, fault);
      return { at, from, to, integer: integer === true };
    });
    return reader.done({ conversions });
  }

  compile(parameters: Parameters): RunStep {
    const runs = conversionsOf(parameters).map(({ at, from, to, integer }) => {
      const convert = this.units.converter(from, to);
      return changeAt(placeOf(at), (value) => {
        const number = numberOf(value);
        if (number === undefined) throw new StepError(`is not a number that could be converted from ${from} to ${to}`);
        return integer ? Math.round(converted(convert, number)) : converted(convert, number);
      });
    });
    return (value) => {
      let changed = value;
      for (const run of runs) changed = run(changed);
      return changed;
    };
  }

  inverse(parameters: Parameters): { name: string; parameters: Parameters } {
    const conversions = conversionsOf(parameters).map(({ at, from, to }) => ({ at, from: to, to: from, integer: false }));
    return { name: this.name, parameters: { conversions } };
  }

  losses(parameters: Parameters): readonly AdaptationLoss[] {
    return conversionsOf(parameters).map(({ at, from, to, integer }) => ({
      kind: 'rounding',
      pointer: at,
      detail: `From ${from} to ${to}, rounded to ${integer ? 'a whole number' : '15 significant digits'}.`,
    }));
  }

  private faultOf(from: string, to: string): string | undefined {
    try {
      return this.units.commensurable(from, to) ? undefined : `${from} is not commensurable with ${to}`;
    } catch (error) {
      if (error instanceof UnitRefused) return `has what is no unit: ${error.detail}`;
      throw error;
    }
  }
}

function conversionsOf({ conversions }: Parameters): readonly UnitConversion[] {
  return conversions as readonly UnitConversion[];
}

function converted(convert: (value: number) => number, value: number): number {
  try {
    return convert(value);
  } catch (error) {
    if (error instanceof UnitRefused) throw new StepError(error.detail);
    throw error;
  }
}
