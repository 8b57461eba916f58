import type { AdaptationLoss } from '../../plan/adaptation-plan.js';
import { ParameterReader, type Parameters } from '../parameters.js';
import { changeAt, placeOf } from '../place.js';
import { type RunStep, type SemanticStep, StepError } from '../semantic-step.js';

interface EntriesChange {
  readonly at: string;
  /** What it becomes. */
  readonly to: 'object' | 'array';
  /** Member of an element that names it. */
  readonly key: string;
  /** Member of an element that holds its value. */
  readonly value: string;
}

type Members = Record<string, unknown>;

/** A list of keys and values becomes an object, or the reverse: `{changes: [{at: '/readings', to: 'object', key: 'name', value: 'value'}]}`. */
export class EntriesStep implements SemanticStep {
  readonly name = 'entries';

  read(parameters: unknown): Parameters {
    const reader = new ParameterReader(this.name);
    const given = reader.object(parameters, ['changes']);
    const changes = reader.list<EntriesChange>(given, 'changes', ['at', 'to', 'key', 'value'], (entry, pointer) => {
      const [key, value] = [reader.text(entry, 'key', pointer), reader.text(entry, 'value', pointer)];
      if (key === value || key === '__proto__' || value === '__proto__')
        reader.refuse(`${pointer}/value`, 'must be another member than key');
      return { at: reader.place(entry, 'at', pointer), to: reader.oneOf(entry, 'to', ['object', 'array'], 'object', pointer), key, value };
    });
    return reader.done({ changes });
  }

  compile(parameters: Parameters): RunStep {
    const runs = changesOf(parameters).map((change) =>
      changeAt(placeOf(change.at), (value) => (change.to === 'object' ? toObject(value, change) : toArray(value, change))),
    );
    return (value) => runs.reduce((before, run) => run(before), value);
  }

  inverse(parameters: Parameters): { name: string; parameters: Parameters } {
    const back = changesOf(parameters).map((change) => ({
      ...change,
      to: change.to === 'object' ? ('array' as const) : ('object' as const),
    }));
    return { name: this.name, parameters: { changes: back } };
  }

  /** An object has no order, and its members have nothing but their values. */
  losses(parameters: Parameters): readonly AdaptationLoss[] {
    return changesOf(parameters).flatMap(({ at, to, key, value }) =>
      to === 'array'
        ? []
        : [{ kind: 'order-lost', pointer: at, detail: `The order of the entries, and what they have beside ${key} and ${value}.` }],
    );
  }
}

function changesOf({ changes }: Parameters): readonly EntriesChange[] {
  return changes as readonly EntriesChange[];
}

function toObject(list: unknown, { key, value }: EntriesChange): unknown {
  if (!Array.isArray(list)) throw new StepError('is not a list of entries');
  const members: Members = {};
  for (const entry of list as unknown[]) {
    const name = typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? (entry as Members)[key] : undefined;
    if (typeof name !== 'string' || name === '__proto__') throw new StepError(`has an entry without a text as ${key}`);
    if (Object.hasOwn(members, name)) throw new StepError(`has two entries of the name ${name.slice(0, 80)}`);
    members[name] = (entry as Members)[value] ?? null;
  }
  return members;
}

function toArray(members: unknown, { key, value }: EntriesChange): unknown {
  if (typeof members !== 'object' || members === null || Array.isArray(members)) throw new StepError('is not an object');
  return Object.entries(members).map(([name, member]) => ({ [key]: name, [value]: member as unknown }));
}
