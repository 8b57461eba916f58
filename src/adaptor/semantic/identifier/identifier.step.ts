import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { ParameterReader, type Parameters } from '../parameters.js';
import { changeAt, placeOf } from '../place.js';
import { type RunStep, type SemanticStep, StepError } from '../semantic-step.js';

interface IdentifierMapping {
  readonly at: string;
  /** Names of the schemes. */
  readonly from: string;
  readonly to: string;
  readonly pairs: Readonly<Record<string, string>>;
}

/** Most pairs of one mapping. */
const MAX_PAIRS = 10_000;

/** Identifiers of one scheme in place of those of another: `{mappings: [{at, from, to, pairs: {ours: theirs}}]}`. One without a pair is refused. */
export class IdentifierStep implements SemanticStep {
  readonly name = 'identifier';

  read(parameters: unknown): Parameters {
    const reader = new ParameterReader(this.name);
    const given = reader.object(parameters, ['mappings']);
    const mappings = reader.list<IdentifierMapping>(given, 'mappings', ['at', 'from', 'to', 'pairs'], (entry, pointer) => {
      const at = reader.place(entry, 'at', pointer);
      const [from, to] = [reader.text(entry, 'from', pointer), reader.text(entry, 'to', pointer)];
      const pairs: unknown = entry.pairs;
      const isObject = typeof pairs === 'object' && pairs !== null && !Array.isArray(pairs);
      if (!isObject || Object.keys(pairs).length > MAX_PAIRS || !Object.values(pairs).every((each) => typeof each === 'string')) {
        reader.refuse(`${pointer}/pairs`, `must be an object of at most ${MAX_PAIRS} texts`);
        return undefined;
      }
      return { at, from, to, pairs: pairs as Record<string, string> };
    });
    return reader.done({ mappings });
  }

  compile(parameters: Parameters): RunStep {
    const runs = mappingsOf(parameters).map(({ at, from, to, pairs }) => {
      const known = new Map(Object.entries(pairs));
      return changeAt(placeOf(at), (value) => {
        const found = typeof value === 'string' || typeof value === 'number' ? known.get(String(value)) : undefined;
        if (found === undefined)
          throw new StepError(`has ${JSON.stringify(value).slice(0, 80)}, which is not known as an identifier of ${from} in ${to}`);
        return found;
      });
    });
    return (value) => runs.reduce((before, run) => run(before), value);
  }

  inverse(parameters: Parameters): { name: string; parameters: Parameters } {
    const mappings = mappingsOf(parameters).map(({ at, from, to, pairs }) => ({
      at,
      from: to,
      to: from,
      pairs: Object.fromEntries(Object.entries(pairs).toReversed().map(([ours, theirs]) => [theirs, ours])), // prettier-ignore
    }));
    return { name: this.name, parameters: { mappings } };
  }

  losses(parameters: Parameters): readonly AdaptationLoss[] {
    return mappingsOf(parameters).flatMap(({ at, pairs }) =>
      new Set(Object.values(pairs)).size === Object.keys(pairs).length
        ? []
        : [{ kind: 'identifiers-merged', pointer: at, detail: 'One identifier stands for several of the sender’s.' }],
    );
  }
}

function mappingsOf({ mappings }: Parameters): readonly IdentifierMapping[] {
  return mappings as readonly IdentifierMapping[];
}
