import { canonicalJson } from '../../../kernel/canonical-json.js';
import { isPlainObject } from '../schema-bounds.js';
import type { WorkBudget } from '../work-budget.js';
import type { NamePatterns } from './name-patterns.js';
import type { SchemaNode } from './schema-source.js';
import { named, numberOf, requiredBy, type SchemaView, viewOf } from './schema-view.js';

/** Undefined: not known. */
type Verdict = boolean | undefined;

/** Tries a single value against a schema, as far as that can be told without the validator: formats and what is unevaluated are not known. */
export class Evaluation {
  constructor(
    private readonly budget: WorkBudget,
    private readonly patterns: NamePatterns,
  ) {}

  accepts(node: SchemaNode, value: unknown): Verdict {
    this.budget.spend(1);
    if (typeof node.schema === 'boolean') return node.schema;
    const view = viewOf(node);
    return all([() => this.simple(view, value), () => this.inPlace(view, value), () => this.within(view, value)]);
  }

  private simple(view: SchemaView, value: unknown): Verdict {
    const { type, enum: values, const: constant, format, pattern } = view.facts;
    if (type !== undefined && ![type].flat().some((name) => isOfType(value, name))) return false;
    const text = canonicalJson(value);
    if (Array.isArray(values) && !values.some((each) => canonicalJson(each) === text)) return false;
    if (constant !== undefined && canonicalJson(constant) !== text) return false;
    if (typeof value === 'number') return fitsNumber(view, value);
    if (typeof value !== 'string') return true;
    const length = Array.from(value).length;
    if (length < (numberOf(view, 'minLength') ?? 0) || length > (numberOf(view, 'maxLength') ?? Infinity)) return false;
    if (typeof pattern === 'string' && !this.patterns.test(pattern, value)) return false;
    return format === undefined ? true : undefined;
  }

  private inPlace(view: SchemaView, value: unknown): Verdict {
    const one = (keyword: string): SchemaNode | undefined => view.one.get(keyword);
    if (one('unevaluatedProperties') ?? one('unevaluatedItems') ?? one('if')) return undefined;
    const not = one('not');
    const branches = (keyword: string): (() => Verdict)[] => (view.list.get(keyword) ?? []).map((node) => () => this.accepts(node, value));
    return all([
      ...view.references.map((target) => () => (typeof target === 'string' ? undefined : this.accepts(target, value))),
      ...branches('allOf'),
      () => (view.list.has('anyOf') ? any(branches('anyOf')) : true),
      () => (view.list.has('oneOf') ? exactlyOne(branches('oneOf')) : true),
      () => {
        const verdict = not === undefined ? false : this.accepts(not, value);
        return verdict === undefined ? undefined : !verdict;
      },
    ]);
  }

  private within(view: SchemaView, value: unknown): Verdict {
    if (Array.isArray(value)) return this.items(view, value);
    return isPlainObject(value) ? this.members(view, value) : true;
  }

  private items(view: SchemaView, value: readonly unknown[]): Verdict {
    if (value.length < (numberOf(view, 'minItems') ?? 0) || value.length > (numberOf(view, 'maxItems') ?? Infinity)) return false;
    if (view.facts.uniqueItems === true && new Set(value.map((item) => canonicalJson(item))).size < value.length) return false;
    if (view.one.has('contains')) return undefined;
    const prefix = view.list.get('prefixItems') ?? [];
    return all(
      value.map((item, index) => () => {
        const schema = prefix[index] ?? view.one.get('items');
        return schema === undefined ? true : this.accepts(schema, item);
      }),
    );
  }

  private members(view: SchemaView, value: Record<string, unknown>): Verdict {
    const names = Object.keys(value);
    if (names.length < (numberOf(view, 'minProperties') ?? 0) || names.length > (numberOf(view, 'maxProperties') ?? Infinity)) return false;
    if (requiredBy(view).some((name) => !Object.hasOwn(value, name))) return false;
    if (view.facts.dependentRequired !== undefined || named(view, 'dependentSchemas').size > 0 || view.one.has('propertyNames'))
      return undefined;
    return all(names.flatMap((name) => this.patterns.schemasFor(view, name).map((schema) => () => this.accepts(schema, value[name]))));
  }
}

function all(checks: readonly (() => Verdict)[]): Verdict {
  let verdict: Verdict = true;
  for (const check of checks) {
    const next = check();
    if (next === false) return false;
    if (next === undefined) verdict = undefined;
  }
  return verdict;
}

function any(checks: readonly (() => Verdict)[]): Verdict {
  let verdict: Verdict = false;
  for (const check of checks) {
    const next = check();
    if (next === true) return true;
    if (next === undefined) verdict = undefined;
  }
  return verdict;
}

function exactlyOne(checks: readonly (() => Verdict)[]): Verdict {
  const verdicts = checks.map((check) => check());
  if (verdicts.filter((verdict) => verdict === true).length > 1) return false;
  return verdicts.includes(undefined) ? undefined : verdicts.includes(true);
}

function isOfType(value: unknown, name: unknown): boolean {
  if (name === 'integer') return Number.isInteger(value);
  if (name === 'null') return value === null;
  if (name === 'array') return Array.isArray(value);
  if (name === 'object') return isPlainObject(value);
  return typeof value === name;
}

function fitsNumber(view: SchemaView, value: number): Verdict {
  const step = numberOf(view, 'multipleOf');
  if (value < (numberOf(view, 'minimum') ?? -Infinity) || value > (numberOf(view, 'maximum') ?? Infinity)) return false;
  if (value <= (numberOf(view, 'exclusiveMinimum') ?? -Infinity) || value >= (numberOf(view, 'exclusiveMaximum') ?? Infinity)) return false;
  if (step === undefined) return true;
  // A quotient that is off by a rounding error may count as whole or not: it is not for this module to say.
  return Number.isInteger(value / step) ? true : Math.abs(value / step - Math.round(value / step)) < 1e-6 ? undefined : false;
}
