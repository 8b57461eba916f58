import type { WorkBudget } from '../work-budget.js';
import type { Evaluation } from './evaluate.js';
import type { NamePatterns } from './name-patterns.js';
import type { SchemaNode } from './schema-source.js';
import { numberOf, requiredBy, type SchemaView, viewOf } from './schema-view.js';

/** The types of JSON Schema; `fraction` stands for numbers that are not integers. */
export const TYPES = ['null', 'boolean', 'object', 'array', 'string', 'integer', 'fraction'] as const;
export type TypeName = (typeof TYPES)[number];

/** One list of alternatives, at least one of which (or exactly one) holds. */
export interface Choice {
  readonly keyword: 'anyOf' | 'oneOf';
  readonly branches: readonly SchemaNode[];
}

/** What a conjunction needs to look at names and values. */
export interface Tools {
  readonly budget: WorkBudget;
  readonly evaluation: Evaluation;
  readonly patterns: NamePatterns;
}

const MAX_EMPTINESS_DEPTH = 3;
const MAX_VALUES = 2_000;

/** The types that `type` lists. */
export function typesOf(view: SchemaView): ReadonlySet<TypeName> {
  const { type } = view.facts;
  if (type === undefined) return new Set(TYPES);
  return new Set([type].flat().flatMap((name) => (name === 'number' ? ['integer', 'fraction'] : [name])) as TypeName[]);
}

/** Values that meet several schemas at once, with `allOf` and references unfolded. */
export class Conjunction {
  readonly views: SchemaView[] = [];
  readonly nodes: SchemaNode[] = [];
  readonly choices: Choice[] = [];
  /** References to what is not known here. */
  readonly opaque = new Set<string>();
  readonly types: ReadonlySet<TypeName>;
  readonly key: string;
  private impossible = false;

  /**
   * @param only the types that are looked at; default all
   * @param decided choices that a branch was taken of already
   */
  constructor(
    private readonly roots: readonly SchemaNode[],
    private readonly tools: Tools,
    private readonly only?: TypeName,
    private readonly decided: ReadonlySet<readonly SchemaNode[]> = new Set(),
  ) {
    this.unfold(roots, new Set());
    const allowed = this.views.map(typesOf);
    this.types = new Set(TYPES.filter((type) => (only ?? type) === type && allowed.every((types) => types.has(type))));
    this.key = [...new Set(roots.map((node) => node.key))].sort().join('&') + (only ?? '');
  }

  /** This, and `node` too. */
  with(...nodes: readonly SchemaNode[]): Conjunction {
    return new Conjunction([...this.roots, ...nodes], this.tools, this.only, this.decided);
  }

  /** A conjunction of other schemas. */
  of(nodes: readonly SchemaNode[]): Conjunction {
    return new Conjunction(nodes, this.tools);
  }

  /** What is said of the member of this name. */
  property(name: string): Conjunction {
    return this.of(this.views.flatMap((view) => this.tools.patterns.schemasFor(view, name)));
  }

  /** What is said of the item at this place. */
  item(index: number): Conjunction {
    return this.of(this.views.flatMap((view) => view.list.get('prefixItems')?.[index] ?? view.one.get('items') ?? []));
  }

  /** Names that are required. */
  get required(): ReadonlySet<string> {
    return new Set(this.views.flatMap(requiredBy));
  }

  /** The largest of a keyword's numbers, for lower bounds. */
  atLeast(keyword: string): number {
    return Math.max(...this.views.map((view) => numberOf(view, keyword) ?? -Infinity), -Infinity);
  }

  /** The smallest of a keyword's numbers, for upper bounds. */
  atMost(keyword: string): number {
    return Math.min(...this.views.map((view) => numberOf(view, keyword) ?? Infinity), Infinity);
  }

  /** Every value, when they are few and known; some may in truth be refused. */
  get values(): readonly unknown[] | undefined {
    const lists = this.views.flatMap(({ facts }): unknown[][] => {
      if ('const' in facts) return [[facts.const]];
      return Array.isArray(facts.enum) ? [facts.enum] : [];
    });
    const small = [...this.types].every((type) => type === 'null' || type === 'boolean');
    if (small) lists.push([...(this.types.has('null') ? [null] : []), ...(this.types.has('boolean') ? [true, false] : [])]);
    const shortest = lists.toSorted((a, b) => a.length - b.length)[0];
    if (shortest === undefined || shortest.length > MAX_VALUES) return undefined;
    return shortest.filter(
      (value) => this.isOfTypes(value) && !this.nodes.some((node) => this.tools.evaluation.accepts(node, value) === false),
    );
  }

  /** Whether it is certain that nothing meets it. */
  isEmpty(depth = 0): boolean {
    if (this.impossible || this.types.size === 0 || this.values?.length === 0) return true;
    const isNumber = [...this.types].every((type) => type === 'integer' || type === 'fraction');
    if (isNumber && this.hasNoNumber()) return true;
    if (!this.isOnly('object') || depth >= MAX_EMPTINESS_DEPTH) return false;
    return [...this.required].some((name) => this.property(name).isEmpty(depth + 1));
  }

  /** Whether it only speaks of one type. */
  isOnly(type: TypeName): boolean {
    return this.types.size === 1 && this.types.has(type);
  }

  /** The cases of the first alternative that is still open; else, when asked, one for each type. Together they are the whole. */
  cases(byType: boolean): Conjunction[] | undefined {
    const [choice] = this.choices;
    if (choice !== undefined) {
      const decided = new Set([...this.decided, choice.branches]);
      return choice.branches.map((branch) => new Conjunction([...this.roots, branch], this.tools, this.only, decided));
    }
    if (!byType || this.only !== undefined || this.types.size < 2) return undefined;
    return [...this.types].map((type) => new Conjunction(this.roots, this.tools, type, this.decided));
  }

  private unfold(nodes: readonly SchemaNode[], seen: Set<SchemaNode>): void {
    for (const node of nodes) {
      if (node.schema === false) this.impossible = true;
      if (typeof node.schema === 'boolean' || seen.has(node)) continue;
      seen.add(node);
      this.tools.budget.spend(1);
      const view = viewOf(node);
      this.nodes.push(node);
      this.views.push(view);
      for (const keyword of ['anyOf', 'oneOf'] as const) {
        const branches = view.list.get(keyword);
        if (branches !== undefined && !this.decided.has(branches)) this.choices.push({ keyword, branches });
      }
      for (const target of view.references) {
        if (typeof target === 'string') this.opaque.add(target);
        else this.unfold([target], seen);
      }
      this.unfold(view.list.get('allOf') ?? [], seen);
    }
  }

  private isOfTypes(value: unknown): boolean {
    if (value === null) return this.types.has('null');
    if (Array.isArray(value)) return this.types.has('array');
    if (typeof value === 'number') return this.types.has(Number.isInteger(value) ? 'integer' : 'fraction');
    return (this.types as ReadonlySet<string>).has(typeof value);
  }

  private hasNoNumber(): boolean {
    const low = Math.max(this.atLeast('minimum'), this.atLeast('exclusiveMinimum'));
    const high = Math.min(this.atMost('maximum'), this.atMost('exclusiveMaximum'));
    return low > high || (low === high && (this.atLeast('exclusiveMinimum') === low || this.atMost('exclusiveMaximum') === high));
  }
}
