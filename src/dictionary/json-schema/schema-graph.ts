import { isPlainObject } from './schema-bounds.js';
import { isSchema, subschemasOf } from './schema-dialect.js';
import type { SchemaNode } from './schema-document.js';
import { MissingDocuments, resolveIn, type SchemaLibrary } from './schema-library.js';
import { pointTo, SchemaRefused } from './schema-refused.js';

/** Most subschemas, names of dependencies included, in the part of a schema that is used. The validator's compiler takes about 1 ms for four. */
export const MAX_SUBSCHEMAS = 1_000;
/** Most alternatives of one `oneOf`: code for it grows with their square. */
export const MAX_ONE_OF = 200;
/** Most subschemas that may apply to one and the same value, counting one anew for each way that leads to it. */
export const MAX_EXPANSION = 5_000;
/** Longest chain of subschemas that apply to one and the same value, each because of the one before. */
export const MAX_CHAIN = 64;

/** The schemas in use, by pointer, and the pointers that the references of each lead to, whichever document they are in. */
export interface ResolvedReferences {
  readonly nodes: ReadonlyMap<string, SchemaNode>;
  readonly targets: ReadonlyMap<string, readonly string[]>;
}

const IN_PROGRESS = Symbol('in progress');

/**
 * Finds every subschema in use and resolves its references. Refuses what would make checking a value endless or explosive: a reference that comes back
 * to itself without descending into the value, and fan-out (`allOf` of two references to an `allOf` of two references…). Recursion that descends
 * is fine, the value's depth bounds it. The bounds hold for all documents together. Throws {@link MissingDocuments} with every document that is
 * referred to but not in the library; {@link SchemaRefused}: unresolvable-ref, does-not-compile, too-large, too-deep.
 */
export function resolveReferences(library: SchemaLibrary): ResolvedReferences {
  const nodes = new Map<string, SchemaNode>();
  const targets = new Map<string, readonly string[]>();
  const inPlace = new Map<string, readonly string[]>();
  const missing: MissingDocuments['missing'][number][] = [];
  const waiting: SchemaNode[] = [library.root.node('')];
  let size = 0;
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (nodes.has(node.pointer)) continue;
    nodes.set(node.pointer, node);
    size += 1 + dependencyNames(node);
    if (size > MAX_SUBSCHEMAS) throw new SchemaRefused('too-large', node.pointer, `the schema has more than ${MAX_SUBSCHEMAS} subschemas`);
    const referred: SchemaNode[] = [];
    for (const [keyword, reference] of referencesOf(node)) {
      const resolved = resolveIn(library, node, keyword, reference);
      if ('target' in resolved) referred.push(resolved.target);
      else missing.push({ from: node.document, uri: resolved.missing, reference, place: pointTo(node.pointer, keyword) });
    }
    const { applied, descended } = childrenOf(node);
    targets.set(
      node.pointer,
      referred.map(({ pointer }) => pointer),
    );
    inPlace.set(node.pointer, [...referred.map(({ pointer }) => pointer), ...applied]);
    const { document } = node;
    waiting.push(...referred, ...[...applied, ...descended].map((pointer) => document.node(pointer)));
  }
  if (missing.length > 0) throw new MissingDocuments(missing);
  new ExpansionCheck(inPlace).run([...nodes.keys()]);
  return { nodes, targets };
}

function referencesOf({ schema, document }: SchemaNode): ['$ref' | '$dynamicRef', string][] {
  if (!isPlainObject(schema)) return [];
  const keywords = document.dialect.name === '2020-12' ? (['$ref', '$dynamicRef'] as const) : (['$ref'] as const);
  return keywords.flatMap((keyword): ['$ref' | '$dynamicRef', string][] => {
    const reference = schema[keyword];
    return typeof reference === 'string' ? [[keyword, reference]] : [];
  });
}

function childrenOf(node: SchemaNode): { applied: string[]; descended: string[] } {
  const applied: string[] = [];
  const descended: string[] = [];
  if (!isPlainObject(node.schema) || ignoresSiblings(node)) return { applied, descended };
  if (Array.isArray(node.schema.oneOf) && node.schema.oneOf.length > MAX_ONE_OF) {
    throw new SchemaRefused('too-large', pointTo(node.pointer, 'oneOf'), `more than ${MAX_ONE_OF} alternatives`);
  }
  for (const { path, schema, application } of subschemasOf(node.schema, node.document.dialect)) {
    if (application === 'stored' || !isSchema(schema)) continue;
    (application === 'in-place' ? applied : descended).push(placeOf(node.pointer, path));
  }
  return { applied, descended };
}

/** In draft-07, whatever stands beside `$ref` is ignored. */
export function ignoresSiblings({ schema, document }: SchemaNode): boolean {
  return document.dialect.name === 'draft-07' && isPlainObject(schema) && typeof schema.$ref === 'string';
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
