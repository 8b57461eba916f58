import { defaultMethods, LogicEngine } from 'json-logic-engine';
import { LRUCache } from 'lru-cache';
import { canonicalJson } from '../../../kernel/canonical-json.js';
import { FILTER_OPERATORS } from './filter-rules.js';

/** What a filter looks at. */
export interface FilterSubject {
  payload: unknown;
  /** messageId, sender (its id), timestamp, lane, orderingKey, contentType, extensions: what the message has of them. */
  header: Readonly<Record<string, unknown>>;
  observedAt: string | null;
  unit: string | null;
}

/** A filter made ready. Throws what the library throws when the message is not what the expression expects, and when it takes too many steps. */
export type Filter = (subject: FilterSubject) => boolean;

/** Elements looked at by some, all, none and in, and a step for every 64 characters searched, in one run. */
export const MAX_FILTER_STEPS = 100_000;
const CHARACTERS_A_STEP = 64;
const COMPILED = 2_000;

type Engine = InstanceType<typeof LogicEngine>;
type Loop = { lazy: true; method: (operands: unknown, context: unknown, above: unknown[], engine: Engine) => boolean };

/** JSON Logic's notion of truth: an empty array is false. */
function isTrue(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

/** An engine for one filter: it prepares the expression once, by closures, and never makes code of it. */
class FilterEngine extends LogicEngine {
  private steps = 0;

  constructor(private readonly filter: unknown) {
    super({}, { disableInline: true, disableInterpretedOptimization: false, permissive: false });
    const known = defaultMethods as unknown as Record<string, unknown>;
    this.methods = {
      ...Object.fromEntries(Object.keys(FILTER_OPERATORS).map((name) => [name, known[name]])),
      in: ([item, within]: readonly unknown[]) => this.contains(within, item),
      some: this.loop((results) => results((found) => found, true)),
      none: this.loop((results) => results((found) => found, false)),
      all: this.loop((results, length) => length > 0 && results((found) => !found, false)),
    };
  }

  override truthy(value: unknown): boolean {
    return isTrue(value);
  }

  matches(subject: FilterSubject): boolean {
    this.steps = MAX_FILTER_STEPS;
    return isTrue(this.run(this.filter, subject));
  }

  private spend(steps: number): void {
    this.steps -= steps;
    if (this.steps < 0) throw new RangeError(`the filter takes more than ${MAX_FILTER_STEPS} steps`);
  }

  private contains(within: unknown, item: unknown): boolean {
    if (within === null) return false;
    if (typeof within === 'string') {
      this.spend(Math.ceil(within.length / CHARACTERS_A_STEP));
      return typeof item === 'string' && within.includes(item);
    }
    if (!Array.isArray(within)) throw new TypeError('in takes an array or a text');
    this.spend(within.length);
    return within.includes(item);
  }

  /** A loop over an array; the library's own would believe any object with a length. */
  private loop(decide: (results: (stop: (found: boolean) => boolean, when: boolean) => boolean, length: number) => boolean): Loop {
    return {
      lazy: true,
      method: (operands, context, above, engine) => {
        const [from, test] = operands as [unknown, unknown];
        const items: unknown = engine.run(from, context, { above }) ?? [];
        if (!Array.isArray(items)) throw new TypeError('some, all and none take an array');
        const run = (stop: (found: boolean) => boolean, when: boolean): boolean => {
          for (const item of items as unknown[]) {
            this.spend(1);
            if (stop(isTrue(engine.run(test, item, { above: [items, context, above] })))) return when;
          }
          return !when;
        };
        return decide(run, items.length);
      },
    };
  }
}

const compiled = new LRUCache<string, Filter>({ max: COMPILED });

/** Makes a checked filter ready. Equal filters share one: it keeps nothing between messages. */
export function compileFilter(filter: unknown): Filter {
  const text = canonicalJson(filter);
  const known = compiled.get(text);
  if (known !== undefined) return known;
  const engine = new FilterEngine(JSON.parse(text));
  const made: Filter = (subject) => engine.matches(subject);
  compiled.set(text, made);
  return made;
}
