import { ExactNumber, exactNumber, isExactNumber, numberOf } from '../../../kernel/exact-json.js';
import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { ParameterReader, type Parameters } from '../parameters.js';
import { changeAt, placeOf } from '../place.js';
import { type RunStep, type SemanticStep, StepError } from '../semantic-step.js';

const KINDS = ['integer', 'text', 'number', 'list', 'single'] as const;
type CastKind = (typeof KINDS)[number];

interface Cast {
  readonly at: string;
  readonly to: CastKind;
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/**
 * The same said in another type: `{casts: [{at, to}]}`. `integer` rounds, `text` writes a number, `number` reads one, `list` makes a list of one, `single`
 * takes the only element of a list and refuses any other list.
 */
export class CastStep implements SemanticStep {
  readonly name = 'cast';

  read(parameters: unknown): Parameters {
    const reader = new ParameterReader(this.name);
    const given = reader.object(parameters, ['casts']);
    const casts = reader.list<Cast>(given, 'casts', ['at', 'to'], (entry, pointer) => ({
      at: reader.place(entry, 'at', pointer),
      to: reader.oneOf(entry, 'to', KINDS, 'text', pointer),
    }));
    return reader.done({ casts });
  }

  compile(parameters: Parameters): RunStep {
    const runs = castsOf(parameters).map(({ at, to }) => changeAt(placeOf(at), CASTS[to]));
    return (value) => runs.reduce((before, run) => run(before), value);
  }

  inverse(parameters: Parameters): { name: string; parameters: Parameters } {
    const back = { text: 'number', number: 'text', list: 'single', single: 'list' } as const;
    const casts = castsOf(parameters).toReversed().flatMap(({ at, to }) => (to === 'integer' ? [] : [{ at, to: back[to] }])); // prettier-ignore
    return { name: this.name, parameters: { casts } };
  }

  losses(parameters: Parameters): readonly AdaptationLoss[] {
    return castsOf(parameters).flatMap(({ at, to }): AdaptationLoss[] => {
      if (to === 'integer') return [{ kind: 'rounding', pointer: at, detail: 'Rounded to a whole number.' }];
      return to === 'number' ? [{ kind: 'spelling-lost', pointer: at, detail: 'How the number was written.' }] : [];
    });
  }
}

const CASTS: Readonly<Record<CastKind, (value: unknown) => unknown>> = {
  integer(value) {
    const number = numberOf(value);
    if (number === undefined) throw new StepError('is not a number');
    if (isExactNumber(value) && /^-?\d+$/.test(value.text)) return value;
    return Math.round(number);
  },
  text(value) {
    if (numberOf(value) === undefined) throw new StepError('is not a number');
    return value instanceof ExactNumber ? value.text : String(value);
  },
  number(value) {
    if (typeof value !== 'string' || !NUMBER.test(value) || value.length > 512) throw new StepError('is not the text of a number');
    return exactNumber(value);
  },
  list: (value) => [value],
  single(value) {
    if (!Array.isArray(value) || value.length !== 1) throw new StepError('is not a list of exactly one');
    return value[0] as unknown;
  },
};

function castsOf({ casts }: Parameters): readonly Cast[] {
  return casts as readonly Cast[];
}
