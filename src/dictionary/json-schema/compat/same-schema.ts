import { canonicalJson } from '../../../kernel/canonical-json.js';
import type { SchemaNode } from './schema-source.js';
import { type SchemaView, viewOf } from './schema-view.js';
import type { WorkBudget } from '../work-budget.js';

const SETS: readonly string[] = ['type', 'enum', 'required'];

/**
 * Tells whether two schemas assert the same, word for word: annotations, the order of lists that are sets, and where a `$ref` finds its target do not
 * matter. Cycles are equal when nothing in them differs. A comparison that succeeds proves every pair that it assumed on the way, so that they are kept.
 */
export class SameSchema {
  private readonly same = new Set<string>();
  private readonly different = new Set<string>();

  constructor(private readonly budget: WorkBudget) {}

  test(left: SchemaNode, right: SchemaNode): boolean {
    const assumed = new Set<string>();
    const outcome = this.compare(left, right, assumed);
    if (outcome) for (const pair of assumed) this.same.add(pair);
    else this.different.add(pairOf(left, right));
    return outcome;
  }

  /** Whether lists of schemas are the same, item by item. */
  lists(left: readonly SchemaNode[], right: readonly SchemaNode[]): boolean {
    return left.length === right.length && left.every((node, index) => right[index] !== undefined && this.test(node, right[index]));
  }

  private compare(leftNode: SchemaNode, rightNode: SchemaNode, assumed: Set<string>): boolean {
    this.budget.spend(1);
    const [left, right] = [behindReferences(leftNode), behindReferences(rightNode)];
    if (left === right) return true;
    const pair = pairOf(left, right);
    if (assumed.has(pair) || this.same.has(pair)) return true;
    if (this.different.has(pair)) return false;
    if (typeof left.schema === 'boolean' || typeof right.schema === 'boolean') return left.schema === right.schema;
    assumed.add(pair);
    return this.compareViews(viewOf(left), viewOf(right), assumed);
  }

  private compareViews(left: SchemaView, right: SchemaView, assumed: Set<string>): boolean {
    const each = (a: readonly SchemaNode[], b: readonly SchemaNode[]): boolean =>
      a.length === b.length && a.every((node, index) => b[index] !== undefined && this.compare(node, b[index], assumed));
    const maps = (a: ReadonlyMap<string, SchemaNode>, b: ReadonlyMap<string, SchemaNode>): boolean =>
      a.size === b.size &&
      [...a].every(([name, node]) => {
        const other = b.get(name);
        return other !== undefined && this.compare(node, other, assumed);
      });
    if (factsOf(left) !== factsOf(right) || left.references.length !== right.references.length) return false;
    if (left.list.size !== right.list.size || left.map.size !== right.map.size || !maps(left.one, right.one)) return false;
    const references = left.references.every((reference, index) => {
      const other = right.references[index];
      if (typeof reference === 'string' || typeof other === 'string' || other === undefined) return reference === other;
      return this.compare(reference, other, assumed);
    });
    return (
      references &&
      [...left.list].every(([keyword, nodes]) => each(nodes, right.list.get(keyword) ?? [])) &&
      [...left.map].every(([keyword, nodes]) => maps(nodes, right.map.get(keyword) ?? new Map<string, SchemaNode>()))
    );
  }
}

/** The schema behind references that stand alone. */
function behindReferences(node: SchemaNode): SchemaNode {
  const seen = new Set<SchemaNode>();
  let present = node;
  while (typeof present.schema !== 'boolean' && !seen.has(present)) {
    seen.add(present);
    const { facts, one, list, map, references } = viewOf(present);
    const [target] = references;
    const alone = references.length === 1 && one.size === 0 && list.size === 0 && map.size === 0 && Object.keys(facts).length === 0;
    if (!alone || target === undefined || typeof target === 'string') break;
    present = target;
  }
  return present;
}

const texts = new WeakMap<SchemaView, string>();

function factsOf(view: SchemaView): string {
  const known = texts.get(view);
  if (known !== undefined) return known;
  const members = Object.entries(view.facts).map(([keyword, value]) => {
    if (keyword === 'type' && typeof value === 'string') return [keyword, [canonicalJson(value)]];
    const isSet = SETS.includes(keyword) && Array.isArray(value);
    return [keyword, isSet ? [...new Set(value.map((item) => canonicalJson(item)))].sort() : value];
  });
  const text = canonicalJson(Object.fromEntries(members));
  texts.set(view, text);
  return text;
}

function pairOf(left: SchemaNode, right: SchemaNode): string {
  return `${left.key} ${right.key}`;
}
