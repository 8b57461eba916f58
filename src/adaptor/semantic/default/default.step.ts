import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { ParameterReader, type Parameters } from '../parameters.js';
import { EACH, placeOf } from '../place.js';
import { type RunStep, type SemanticStep, StepError } from '../semantic-step.js';

interface SetValue {
  readonly at: string;
  readonly value: unknown;
  /** Whatever stands there is replaced; otherwise only what is missing is set. */
  readonly always: boolean;
}

/** Sets members to values that nobody sent: `{values: [{at, value, always}]}`. Objects on the way are made. */
export class DefaultStep implements SemanticStep {
  readonly name = 'default';

  read(parameters: unknown): Parameters {
    const reader = new ParameterReader(this.name);
    const given = reader.object(parameters, ['values']);
    const values = reader.list<SetValue>(given, 'values', ['at', 'value', 'always'], (entry, pointer) => {
      const at = reader.place(entry, 'at', pointer);
      if (at === '' || placeOf(at).includes(EACH)) reader.refuse(`${pointer}/at`, 'must be a member of an object');
      if (entry.value === undefined) reader.refuse(`${pointer}/value`, 'is required');
      const always = entry.always ?? false;
      if (typeof always !== 'boolean') reader.refuse(`${pointer}/always`, 'must be true or false');
      return { at, value: entry.value, always: always === true };
    });
    return reader.done({ values });
  }

  compile(parameters: Parameters): RunStep {
    const sets = valuesOf(parameters).map(({ at, value, always }) => ({ place: placeOf(at), text: JSON.stringify(value), always }));
    return (root) => {
      for (const { place, text, always } of sets) set(root, place, text, always);
      return root;
    };
  }

  inverse(parameters: Parameters): { name: string; parameters: Parameters } {
    const at = valuesOf(parameters).filter(({ always }) => always).map((each) => each.at); // prettier-ignore
    return { name: 'drop', parameters: { at } };
  }

  losses(parameters: Parameters): readonly AdaptationLoss[] {
    return valuesOf(parameters).map(({ at, value, always }) => ({
      kind: 'assumed',
      pointer: at,
      detail: `${at} is ${JSON.stringify(value).slice(0, 80)}${always ? '' : ' where it is missing'}, which the sender did not say.`,
    }));
  }
}

function valuesOf({ values }: Parameters): readonly SetValue[] {
  return values as readonly SetValue[];
}

function set(root: unknown, place: readonly string[], text: string, always: boolean): void {
  let holder = root;
  for (const [depth, token] of place.entries()) {
    if (typeof holder !== 'object' || holder === null || Array.isArray(holder)) {
      throw new StepError('is not an object', place.slice(0, depth).map((each) => `/${each}`).join('')); // prettier-ignore
    }
    const members = holder as Record<string, unknown>;
    const isLast = depth === place.length - 1;
    const isThere = Object.hasOwn(members, token) && members[token] !== undefined;
    if (isLast ? always || !isThere : !isThere) members[token] = isLast ? JSON.parse(text) : {};
    holder = members[token];
  }
}
