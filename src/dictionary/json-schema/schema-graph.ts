import { isPlainObject } from './schema-bounds.js';
import { isSchema, subschemasOf } from './schema-dialect.js';
import type { SchemaDocument, SchemaNode } from './schema-document.js';
import { pointTo, SchemaRefused } from './schema-refused.js';

/** Most subschemas, names of dependencies included, in the part of a schema that is used. The validator's compiler takes about 1 ms for four. */
export const MAX_SUBSCHEMAS = 1_000;
/** Most alternatives of one `oneOf`: code for it grows with their square. */
export const MAX_ONE_OF = 200;
/** Most subschemas that may apply to one and the same value, counting one anew for each way that leads to it. */
export const MAX_EXPANSION = 5_000;
/** Longest chain of subschemas that apply to one and the same value, each because of the one before. */
export const MAX_CHAIN = 64;

/** The references of a schema, by the pointer of the schema they stand in, each with the pointer it leads to. */
export type ResolvedReferences = ReadonlyMap<string, readonly string[]>;

const IN_PROGRESS = Symbol('in progress');

/**
 * Finds every subschema in use and resolves its references. Refuses what would make checking a value endless or explosive: a reference that comes back
 * to itself without descending into the value, and fan-out (`allOf` of two references to an `allOf` of two references…). Recursion that descends
 * is fine, the value's depth bounds it. Throws {@link SchemaRefused}: unresolvable-ref, does-not-compile, too-large, too-deep.
 */
export function resolveReferences(document: SchemaDocument): ResolvedReferences {
  const references = new Map<string, readonly string[]>();
  const inPlace = new Map<string, readonly string[]>();
  const waiting = [''];
  let size = 0;
  for (let pointer = waiting.pop(); pointer !== undefined; pointer = waiting.pop()) {
    if (references.has(pointer)) continue;
    const node = document.node(pointer);
    size += 1 + dependencyNames(node);
    if (size > MAX_SUBSCHEMAS) throw new SchemaRefused('too-large', pointer, `the schema has more than ${MAX_SUBSCHEMAS} subschemas`);
    const targets = referencesOf(node, document);
    const { applied, descended } = childrenOf(node, document);
    references.set(pointer, targets);
    inPlace.set(pointer, [...targets, ...applied]);
    waiting.push(...targets, ...applied, ...descended);
  }
  new ExpansionCheck(inPlace).run([...references.keys()]);
  return references;
}

function referencesOf(node: SchemaNode, document: SchemaDocument): string[] {
  const targets: string[] = [];
  for (const keyword of document.dialect.name === '2020-12' ? (['$ref', '$dynamicRef'] as const) : (['$ref'] as const)) {
    const reference = isPlainObject(node.schema) ? node.schema[keyword] : undefined;
    if (typeof reference !== 'string') continue;
    targets.push(document.resolve(node, keyword, reference));
  }
  return targets;
}

function childrenOf(node: SchemaNode, document: SchemaDocument): { applied: string[]; descended: string[] } {
  const applied: string[] = [];
  const descended: string[] = [];
  if (!isPlainObject(node.schema) || ignoresSiblings(node.schema, document)) return { applied, descended };
  if (Array.isArray(node.schema.oneOf) && node.schema.oneOf.length > MAX_ONE_OF) {
    throw new SchemaRefused('too-large', pointTo(node.pointer, 'oneOf'), `more than ${MAX_ONE_OF} alternatives`);
  }
  for (const { path, schema, application } of subschemasOf(node.schema, document.dialect)) {
    if (application === 'stored' || !isSchema(schema)) continue;
    (application === 'in-place' ? applied : descended).push(placeOf(node.pointer, path));
  }
  return { applied, descended };
}

/** In draft-07, whatever stands beside `$ref` is ignored. */
export function ignoresSiblings(schema: Readonly<Record<string, unknown>>, document: SchemaDocument): boolean {
  return document.dialect.name === 'draft-07' && typeof schema.$ref === 'string';
}

/** The pointer of a subschema. */
export function placeOf(pointer: string, path: readonly [string, (string | number)?]): string {
  const [keyword, member] = path;
  return member === undefined ? pointTo(pointer, keyword) : pointTo(pointer, keyword, member);
}

function dependencyNames({ schema }: SchemaNode): number {
  if (!isPlainObject(schema)) return 0;
  let names = 0;
  for (const dependencies of [schema.dependentRequired, schema.dependencies]) {
    if (!isPlainObject(dependencies)) continue;
    for (const required of Object.values(dependencies)) names += 1 + (Array.isArray(required) ? required.length : 0);
  }
  return names;
}

/** Counts, for each schema, the subschemas that apply to its value, and how long a chain they form. */
class ExpansionCheck {
  private readonly measured = new Map<string, { count: number; height: number } | typeof IN_PROGRESS>();

  constructor(private readonly inPlace: ReadonlyMap<string, readonly string[]>) {}

  run(pointers: readonly string[]): void {
    for (const pointer of pointers) this.measure(pointer, 0);
  }

  // `above` bounds the recursion by MAX_CHAIN, whatever the schema.
  private measure(pointer: string, above: number): { count: number; height: number } {
    const known = this.measured.get(pointer);
    if (known === IN_PROGRESS) {
      throw new SchemaRefused('unresolvable-ref', pointer, 'a reference comes back to where it started without descending into the value');
    }
    if (known) return known;
    if (above > MAX_CHAIN)
      throw new SchemaRefused('too-deep', pointer, `a chain of more than ${MAX_CHAIN} subschemas applies to one value`);
    this.measured.set(pointer, IN_PROGRESS);
    let count = 1;
    let height = 0;
    for (const target of this.inPlace.get(pointer) ?? []) {
      const below = this.measure(target, above + 1);
      count += below.count;
      height = Math.max(height, below.height + 1);
    }
    if (height > MAX_CHAIN)
      throw new SchemaRefused('too-deep', pointer, `a chain of more than ${MAX_CHAIN} subschemas applies to one value`);
    if (count > MAX_EXPANSION) throw new SchemaRefused('too-large', pointer, `more than ${MAX_EXPANSION} subschemas apply to one value`);
    const result = { count, height };
    this.measured.set(pointer, result);
    return result;
  }
}
