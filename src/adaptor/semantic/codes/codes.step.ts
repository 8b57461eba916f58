import { numberOf } from '../../../kernel/exact-json.js';
import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { ParameterReader, type Parameters } from '../parameters.js';
import { changeAt, GONE, placeOf } from '../place.js';
import { type RunStep, type SemanticStep, StepError } from '../semantic-step.js';

type Code = string | number | boolean;

interface Crosswalk {
  readonly at: string;
  /** The code of the one side and of the other. */
  readonly codes: readonly (readonly [Code, Code])[];
  /** What happens to a code without a counterpart. */
  readonly otherwise: 'refuse' | 'drop';
}

const isCode = (value: unknown): value is Code => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

/** Values of one enumeration in place of those of another: `{crosswalks: [{at, codes: [['high', 'severe']], otherwise: 'refuse' | 'drop'}]}`. */
export class CodesStep implements SemanticStep {
  readonly name = 'codes';

  read(parameters: unknown): Parameters {
    const reader = new ParameterReader(this.name);
    const given = reader.object(parameters, ['crosswalks']);
    const crosswalks = reader.list<Crosswalk>(given, 'crosswalks', ['at', 'codes', 'otherwise'], (entry, pointer) => {
      const at = reader.place(entry, 'at', pointer);
      const otherwise = reader.oneOf(entry, 'otherwise', ['refuse', 'drop'], 'refuse', pointer);
      const codes: unknown = entry.codes;
      if (
        !Array.isArray(codes) ||
        codes.length > 2_000 ||
        !codes.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isCode))
      ) {
        reader.refuse(`${pointer}/codes`, 'must be a list of pairs of codes');
        return undefined;
      }
      const pairs = codes as [Code, Code][];
      if (new Set(pairs.map(([from]) => from)).size < pairs.length) reader.refuse(`${pointer}/codes`, 'must name each code once');
      return { at, codes: pairs, otherwise };
    });
    return reader.done({ crosswalks });
  }

  compile(parameters: Parameters): RunStep {
    const runs = crosswalksOf(parameters).map(({ at, codes, otherwise }) => {
      const known = new Map<unknown, Code>(codes);
      return changeAt(placeOf(at), (value) => {
        const code = known.get(numberOf(value) ?? value);
        if (code !== undefined) return code;
        if (otherwise === 'drop') return GONE;
        throw new StepError(`has the code ${JSON.stringify(value).slice(0, 80)}, which has no counterpart`);
      });
    });
    return (value) => runs.reduce((before, run) => run(before), value);
  }

  inverse(parameters: Parameters): { name: string; parameters: Parameters } {
    const crosswalks = crosswalksOf(parameters).map(({ at, codes, otherwise }) => {
      const back = new Map<Code, Code>();
      for (const [from, to] of codes) if (!back.has(to)) back.set(to, from);
      return { at, codes: [...back], otherwise };
    });
    return { name: this.name, parameters: { crosswalks } };
  }

  losses(parameters: Parameters): readonly AdaptationLoss[] {
    return crosswalksOf(parameters).flatMap(({ at, codes, otherwise }) => {
      const losses: AdaptationLoss[] = [];
      const merged = codes.filter(([from, to]) => codes.some(([other, same]) => same === to && other !== from)).map(([from]) => from);
      if (merged.length > 0)
        losses.push({ kind: 'codes-merged', pointer: at, detail: `One code stands for several: ${merged.join(', ')}.` });
      if (otherwise === 'drop') losses.push({ kind: 'code-dropped', pointer: at, detail: 'A code without counterpart is left out.' });
      return losses;
    });
  }
}

function crosswalksOf({ crosswalks }: Parameters): readonly Crosswalk[] {
  return crosswalks as readonly Crosswalk[];
}
