import { canonicalJson } from '../../../kernel/canonical-json.js';
import { checkArrays } from './array-rules.js';
import { checkAlternatives } from './alternative-rules.js';
import type { WorkBudget } from '../work-budget.js';
import type { Conjunction } from './conjunction.js';
import type { Evaluation } from './evaluate.js';
import { breaking, type CompatibilityFinding, type SideNames, undecided } from './finding.js';
import type { NamePatterns } from './name-patterns.js';
import { ObjectRules } from './object-rules.js';
import type { SameSchema } from './same-schema.js';
import { checkScalars } from './scalar-rules.js';
import type { SchemaNode } from './schema-source.js';
import { type SchemaView, viewOf } from './schema-view.js';

/**
 * Whether every value of one schema (`inner`, a conjunction) is a value of another (`outer`). Sound: without findings it is so. What the rules cannot
 * prove is a finding, `breaking` where a value in between is to be expected, otherwise `undecided`.
 *
 * A pair that is met again within itself is taken to hold, once the way there went into a member or an item: values are finite, so that is induction.
 */
export class Containment {
  private readonly open = new Map<string, number>();
  private readonly objects: ObjectRules;
  private level = 0;

  /** @param refusesDrops whether a property that `outer` lists and `inner` does not is a finding, although a value without it fits */
  constructor(
    readonly names: SideNames,
    readonly refusesDrops: boolean,
    private readonly budget: WorkBudget,
    private readonly same: SameSchema,
    private readonly evaluation: Evaluation,
    patterns: NamePatterns,
  ) {
    this.objects = new ObjectRules(this, patterns);
  }

  /** Everything that keeps `inner` from being within `outer`. */
  check(inner: Conjunction, outer: SchemaNode, at: string): CompatibilityFinding[] {
    this.budget.spend(1 + inner.views.length);
    if (outer.schema === true || inner.isEmpty()) return [];
    if (outer.schema === false) return [breaking(at, `the ${this.names.inner} schema allows it, the ${this.names.outer} does not`)];
    if (inner.nodes.some((node) => this.same.test(node, outer))) return [];
    const pair = `${inner.key} ${outer.key}`;
    const level = this.open.get(pair);
    if (level !== undefined) return level < this.level ? [] : [undecided(at, 'the schema refers to itself')];
    this.open.set(pair, this.level);
    try {
      return this.checkCases(inner, outer, at);
    } finally {
      this.open.delete(pair);
    }
  }

  /** The same for what lies within values of the schemas. */
  descend(inner: Conjunction, outer: SchemaNode, at: string): CompatibilityFinding[] {
    this.level += 1;
    try {
      return this.check(inner, outer, at);
    } finally {
      this.level -= 1;
    }
  }

  /** Whether it is certain. */
  holds(inner: Conjunction, outer: SchemaNode, at: string): boolean {
    return this.check(inner, outer, at).length === 0;
  }

  isSame(left: SchemaNode, right: SchemaNode): boolean {
    return this.same.test(left, right);
  }

  areSame(left: readonly SchemaNode[], right: readonly SchemaNode[]): boolean {
    return this.same.lists(left, right);
  }

  private checkCases(inner: Conjunction, outer: SchemaNode, at: string): CompatibilityFinding[] {
    const { values } = inner;
    if (values !== undefined) return this.checkValues(values, outer, at);
    const findings = this.rules(inner, outer, at);
    const cases = findings.length === 0 ? undefined : inner.cases(false);
    return cases === undefined ? findings : cases.flatMap((each) => this.check(each, outer, at));
  }

  private checkValues(values: readonly unknown[], outer: SchemaNode, at: string): CompatibilityFinding[] {
    return values.flatMap((value) => {
      const verdict = this.evaluation.accepts(outer, value);
      if (verdict === true) return [];
      const text = canonicalJson(value).slice(0, 100);
      if (verdict === false) return [breaking(at, `the ${this.names.outer} schema does not allow ${text}`)];
      return [undecided(at, `whether the ${this.names.outer} schema allows ${text} is not known`)];
    });
  }

  private rules(inner: Conjunction, node: SchemaNode, at: string): CompatibilityFinding[] {
    const outer = viewOf(node);
    return [
      ...checkScalars(inner, outer, at, this.names),
      ...this.references(inner, outer, at),
      ...(outer.list.get('allOf') ?? []).flatMap((each) => this.check(inner, each, at)),
      ...checkAlternatives(this, inner, outer, at),
      ...this.conditions(inner, outer, at),
      ...this.objects.check(inner, outer, at),
      ...checkArrays(this, inner, outer, at),
    ];
  }

  private references(inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
    return outer.references.flatMap((target) => {
      if (typeof target !== 'string') return this.check(inner, target, at);
      return inner.opaque.has(target) ? [] : [undecided(`${at}/$ref`, `${target} is not at hand to be compared`)];
    });
  }

  private conditions(inner: Conjunction, outer: SchemaView, at: string): CompatibilityFinding[] {
    const findings: CompatibilityFinding[] = [];
    const not = outer.one.get('not');
    if (not !== undefined && !inner.with(not).isEmpty() && !inner.views.some((view) => this.hasSame(view, outer, ['not']))) {
      findings.push(undecided(`${at}/not`, 'what is excluded is not compared when it differs'));
    }
    if (outer.one.has('if') && !inner.views.some((view) => this.hasSame(view, outer, ['if', 'then', 'else']))) {
      findings.push(undecided(`${at}/if`, 'conditions are not compared when they differ'));
    }
    for (const keyword of ['unevaluatedProperties', 'unevaluatedItems']) {
      if (outer.one.has(keyword) && outer.one.get(keyword)?.schema !== true) {
        findings.push(undecided(`${at}/${keyword}`, 'what is left unevaluated is not compared when anything beside it differs'));
      }
    }
    return findings;
  }

  private hasSame(left: SchemaView, right: SchemaView, keywords: readonly string[]): boolean {
    return keywords.every((keyword) => {
      const [a, b] = [left.one.get(keyword), right.one.get(keyword)];
      return a === undefined || b === undefined ? a === b : this.same.test(a, b);
    });
  }
}
