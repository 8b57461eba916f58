import { compileLinearPattern, type LinearPattern } from '../linear-pattern.js';
import type { SchemaNode } from './schema-source.js';
import { named, type SchemaView } from './schema-view.js';
import type { WorkBudget } from '../work-budget.js';

/** Patterns, compiled once for a comparison. */
export class NamePatterns {
  private readonly compiled = new Map<string, LinearPattern>();

  constructor(private readonly budget: WorkBudget) {}

  /** Whether the pattern occurs in the text. Throws PatternRefused. */
  test(pattern: string, text: string): boolean {
    const known = this.compiled.get(pattern) ?? compileLinearPattern(pattern);
    this.compiled.set(pattern, known);
    this.budget.spendOnText(text.length, known.size);
    return known.test(text);
  }

  /** Whether any pattern of the view fits the name. */
  anyFits(view: SchemaView, name: string): boolean {
    return [...named(view, 'patternProperties').keys()].some((pattern) => this.test(pattern, name));
  }

  /** The schemas that a view applies to the member of this name. */
  schemasFor(view: SchemaView, name: string): SchemaNode[] {
    const property = named(view, 'properties').get(name);
    const fitting = [...named(view, 'patternProperties')].filter(([pattern]) => this.test(pattern, name)).map(([, schema]) => schema);
    const found = property === undefined ? fitting : [property, ...fitting];
    const additional = view.one.get('additionalProperties');
    return found.length > 0 || additional === undefined ? found : [additional];
  }
}
