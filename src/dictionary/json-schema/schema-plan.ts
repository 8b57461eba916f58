import { isPlainObject } from './schema-bounds.js';
import { isSchema, type Subschema, subschemasOf } from './schema-dialect.js';
import type { SchemaNode } from './schema-document.js';
import { ignoresSiblings, placeOf, type ResolvedReferences } from './schema-graph.js';
import { compileLinearPattern, type LinearPattern } from './linear-pattern.js';
import { PatternRefused } from './regexp-translation.js';
import { pointTo, SchemaRefused } from './schema-refused.js';
import { assertionsOf } from './schema-tolerance.js';

/** Keyword of our own that charges the cost of a schema whenever it is applied (see work-budget.ts). */
export const WORK = 'twinfedWork';

/** A schema of a plan: only keywords that check, and references only to definitions of the plan. */
export type PlannedSchema = boolean | Record<string, unknown>;

/** A schema rewritten for the validator, as 2020-12, whatever the dialects of its documents. It names nothing but its own definitions, so that no `$id` of an owner ever reaches the validator. */
export interface SchemaPlan {
  readonly root: PlannedSchema;
  /** Schemas that something refers to, by the name used in `$ref`. */
  readonly definitions: ReadonlyMap<string, PlannedSchema>;
  /** Compiled patterns, by the pattern as written. */
  readonly patterns: ReadonlyMap<string, LinearPattern>;
  /** Whether `unevaluatedProperties` or `unevaluatedItems` is used. */
  readonly tracksEvaluated: boolean;
}

/** Most RE2 instructions of all patterns of a schema together. */
export const MAX_PATTERNS_SIZE = 10_000;

/** Rewrites a schema whose references are resolved. Throws {@link SchemaRefused}: pattern-refused. */
export function planSchema(resolved: ResolvedReferences): SchemaPlan {
  return new Planner(resolved).plan();
}

class Planner {
  private readonly names = new Map<string, string>();
  private readonly patterns = new Map<string, LinearPattern>();
  private patternsSize = 0;
  private tracksEvaluated = false;

  constructor(private readonly resolved: ResolvedReferences) {
    for (const targets of resolved.targets.values()) {
      for (const target of targets) if (!this.names.has(target)) this.names.set(target, `twinfed-definition:${this.names.size}`);
    }
  }

  plan(): SchemaPlan {
    const definitions = new Map<string, PlannedSchema>();
    for (const [pointer, name] of this.names) definitions.set(name, this.charged(this.node(pointer)));
    const name = this.names.get('');
    const root = name === undefined ? this.charged(this.node('')) : { $ref: name };
    return { root, definitions, patterns: this.patterns, tracksEvaluated: this.tracksEvaluated };
  }

  /** A schema that may apply any number of times, and so charges its cost each time. */
  private charged(node: SchemaNode): PlannedSchema {
    const { schema, cost } = this.rewrite(node);
    return typeof schema === 'boolean' ? schema : { ...schema, [WORK]: cost };
  }

  private node(pointer: string): SchemaNode {
    const node = this.resolved.nodes.get(pointer);
    if (!node) throw new SchemaRefused('does-not-compile', pointer, 'no schema is here');
    return node;
  }

  private reference(pointer: string): PlannedSchema {
    const { schema } = this.node(pointer);
    return typeof schema === 'boolean' ? schema : { $ref: this.names.get(pointer) };
  }

  /** The cost counts what is applied at most once for each time the schema itself is. */
  private rewrite(node: SchemaNode): { schema: PlannedSchema; cost: number } {
    if (typeof node.schema === 'boolean') return { schema: node.schema, cost: 0 };
    const planned: Record<string, unknown> = {};
    const [first, second] = (this.resolved.targets.get(node.pointer) ?? []).map((target) => this.reference(target));
    if (ignoresSiblings(node)) return { schema: first ?? true, cost: 1 };
    let cost = 1 + this.copyAssertions(node, node.schema, planned);
    for (const { path, schema, application } of subschemasOf(node.schema, node.document.dialect)) {
      if (application === 'stored' || !isSchema(schema)) continue;
      const pointer = placeOf(node.pointer, path);
      if (path[0].startsWith('unevaluated')) this.tracksEvaluated = true;
      if (path[0] === 'patternProperties') this.addPattern(String(path[1]), pointer);
      const child = this.names.has(pointer) ? { schema: this.reference(pointer), cost: 1 } : undefined;
      const rewritten =
        child ?? (application === 'each' ? { schema: this.charged(this.node(pointer)), cost: 1 } : this.rewrite(this.node(pointer)));
      cost += rewritten.cost;
      const modern = inPresentDialect(node, path);
      if (modern !== undefined) put(planned, modern, rewritten.schema);
    }
    if (first !== undefined) putReference(planned, first);
    if (second !== undefined) putReference(planned, second);
    return { schema: planned, cost };
  }

  private copyAssertions(node: SchemaNode, schema: Readonly<Record<string, unknown>>, planned: Record<string, unknown>): number {
    let cost = 0;
    for (const [keyword, value] of assertionsOf(schema, node.document.dialect)) {
      planned[keyword] = value;
      if (keyword === 'pattern') this.addPattern(String(value), pointTo(node.pointer, keyword));
      cost += 1 + (keyword === 'enum' || keyword === 'const' ? compared(value, keyword === 'enum') : 0);
    }
    // Lists of names among the dependencies of draft-07 are assertions beside the subschemas there.
    if (node.document.dialect.name === 'draft-07' && isPlainObject(schema.dependencies)) {
      for (const [name, names] of Object.entries(schema.dependencies))
        if (Array.isArray(names)) put(planned, ['dependentRequired', name], names);
    }
    return cost;
  }

  private addPattern(pattern: string, place: string): void {
    if (this.patterns.has(pattern)) return;
    try {
      const compiled = compileLinearPattern(pattern);
      this.patterns.set(pattern, compiled);
      this.patternsSize += compiled.size;
    } catch (error) {
      if (!(error instanceof PatternRefused)) throw error;
      const shown = pattern.length > 100 ? `${pattern.slice(0, 100)}…` : pattern;
      throw new SchemaRefused('pattern-refused', place, `the pattern ${JSON.stringify(shown)}: ${error.message}`, { cause: error });
    }
    if (this.patternsSize > MAX_PATTERNS_SIZE)
      throw new SchemaRefused('too-large', place, 'the patterns of the schema together are too large');
  }
}

/** Nodes of the objects and arrays a value may have to be compared with, one by one. */
function compared(value: unknown, isList: boolean): number {
  if (typeof value !== 'object' || value === null) return 0;
  let nodes = isList ? 0 : 1;
  for (const member of Object.values(value))
    nodes += typeof member === 'object' && member !== null ? compared(member, false) : isList ? 0 : 1;
  return nodes;
}

/** Where 2020-12 has what draft-07 writes with other keywords; undefined when it means nothing there. */
function inPresentDialect({ schema, document }: SchemaNode, path: Subschema['path']): Subschema['path'] | undefined {
  const [keyword, member] = path;
  const hasList =
    isPlainObject(schema) && Array.isArray(schema.items) && (document.dialect.name === 'draft-07' || !('prefixItems' in schema));
  if (keyword === 'items' && member !== undefined) return hasList ? ['prefixItems', member] : undefined;
  if (keyword === 'additionalItems') return hasList ? ['items'] : undefined;
  return keyword === 'dependencies' ? ['dependentSchemas', member] : path;
}

function put(planned: Record<string, unknown>, [keyword, member]: readonly [string, (string | number)?], schema: unknown): void {
  if (member === undefined) planned[keyword] = schema;
  else if (typeof member === 'number') planned[keyword] = [...((planned[keyword] as unknown[] | undefined) ?? []), schema];
  else planned[keyword] = { ...(planned[keyword] as object | undefined), [member]: schema };
}

/** Two references in one schema, or one to a boolean, go by way of `allOf`, which means the same. */
function putReference(planned: Record<string, unknown>, reference: PlannedSchema): void {
  if (typeof reference === 'object' && planned.$ref === undefined) planned.$ref = reference.$ref;
  else planned.allOf = [...((planned.allOf as unknown[] | undefined) ?? []), reference];
}
