import { isPlainObject } from './schema-bounds.js';
import { isSchema, subschemasOf, dialectOf, type SchemaDialect } from './schema-dialect.js';
import { pointTo, SchemaRefused } from './schema-refused.js';

/** A schema inside a document: `pointer` is its place, `base` the absolute URI that references in it are relative to. */
export interface SchemaNode {
  readonly schema: boolean | Readonly<Record<string, unknown>>;
  /** An RFC 6901 pointer, behind the prefix of its document. */
  readonly pointer: string;
  readonly base: string;
  readonly document: SchemaDocument;
}

/** Where a reference leads: to a schema in the same document, or, by its absolute URI and fragment, out of it. */
export type Destination = { readonly pointer: string } | { readonly resource: string; readonly fragment: string };

/** Base URI of a document without `$id`. No owner can meet it by accident: its scheme is not a registered one. */
const NAMELESS = 'twinfed-schema:/';

/**
 * A schema as one self-contained document: knows the embedded resources (`$id`) and anchors, and resolves references among them. Nothing is ever
 * fetched, and nothing is shared between documents.
 */
export class SchemaDocument {
  private readonly nodes = new Map<string, SchemaNode>();
  /** Absolute URI without fragment → pointer of the schema it names. */
  private readonly resources = new Map<string, string>();
  /** Absolute URI with fragment → pointer. */
  private readonly anchors = new Map<string, string>();
  private readonly dynamicAnchors = new Map<string, number>();

  /**
   * `checkStray` is called for a schema to which only a reference leads, no keyword: the meta-schema has not seen it.
   * Throws {@link SchemaRefused} does-not-compile when two schemas in the document have one name, or one is asynchronous (an extension of the
   * validator, no JSON Schema); not-a-schema when an embedded schema is of another dialect. `address` is the URI that a shared schema is
   * registered under, `prefix` what tells its pointers from those of other documents.
   */
  constructor(
    private readonly root: boolean | Readonly<Record<string, unknown>>,
    readonly dialect: SchemaDialect,
    private readonly checkStray: (stray: Pick<SchemaNode, 'schema' | 'pointer'>) => void,
    readonly address: string = NAMELESS,
    prefix = '',
  ) {
    this.resources.set(address, prefix);
    this.index(root, prefix, address);
  }

  /** The schema at a pointer that {@link resolve} or the place of a subschema gave. */
  node(pointer: string): SchemaNode {
    const node = this.nodes.get(pointer);
    if (!node) throw new SchemaRefused('does-not-compile', pointer, 'no schema is here');
    return node;
  }

  /** Every schema that keywords lead to. */
  all(): readonly SchemaNode[] {
    return [...this.nodes.values()];
  }

  /** Where `$ref` or `$dynamicRef` of a node leads. Throws {@link SchemaRefused}: unresolvable-ref, does-not-compile. */
  resolve(from: SchemaNode, keyword: '$ref' | '$dynamicRef', reference: string): Destination {
    const place = pointTo(from.pointer, keyword);
    const target = parse(reference, from.base);
    if (target === undefined) throw unresolvable(place, reference, 'is no URI reference');
    if (!this.resources.has(target.resource)) return target;
    const pointer = this.find(target.resource, target.fragment);
    if (pointer === undefined) throw unresolvable(place, reference, 'leads to no schema');
    const { fragment } = target;
    if (keyword === '$dynamicRef' && (this.dynamicAnchors.get(fragment) ?? 0) > 1 && this.isDynamic(pointer, fragment)) {
      throw new SchemaRefused(
        'does-not-compile',
        place,
        `the dynamic anchor "${fragment}" stands more than once: choosing at run time is not supported`,
      );
    }
    return { pointer };
  }

  /** The place of the schema that a URI of this document and a fragment name: a JSON pointer or an anchor. */
  find(uri: string, fragment: string): string | undefined {
    const resource = this.resources.get(uri);
    if (resource === undefined) return undefined;
    return fragment === '' || fragment.startsWith('/') ? this.follow(resource, fragment) : this.anchors.get(`${uri}#${fragment}`);
  }

  /** Walks a JSON pointer fragment from a resource, and indexes what it finds when that is no place the keywords lead to. */
  private follow(resource: string, fragment: string): string | undefined {
    let pointer = resource;
    let base = this.nodes.get(resource)?.base ?? NAMELESS;
    let value: unknown = this.nodes.get(resource)?.schema;
    for (const token of fragment.split('/').slice(1)) {
      const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
      value = (value as Record<string, unknown>)[key];
      pointer = pointTo(pointer, key);
      base = this.nodes.get(pointer)?.base ?? base;
    }
    if (!isSchema(value)) return undefined;
    if (!this.nodes.has(pointer)) {
      this.checkStray({ schema: value, pointer });
      this.index(value, pointer, base);
    }
    return pointer;
  }

  private index(schema: boolean | Readonly<Record<string, unknown>>, pointer: string, outerBase: string): void {
    if (this.nodes.has(pointer)) return;
    const base = typeof schema === 'boolean' ? outerBase : this.name(schema, pointer, outerBase);
    this.nodes.set(pointer, { schema, pointer, base, document: this });
    if (typeof schema === 'boolean') return;
    if (schema.$recursiveRef !== undefined)
      throw new SchemaRefused('does-not-compile', pointTo(pointer, '$recursiveRef'), '$recursiveRef is not supported: use $ref');
    if (schema.$async !== undefined)
      throw new SchemaRefused('does-not-compile', pointTo(pointer, '$async'), 'asynchronous schemas are not supported');
    if (schema !== this.root && schema.$schema !== undefined && dialectOf(schema, pointer) !== this.dialect) {
      throw new SchemaRefused(
        'not-a-schema',
        pointTo(pointer, '$schema'),
        `an embedded schema must be of the same dialect, ${this.dialect.name}`,
      );
    }
    for (const { path, schema: subschema } of subschemasOf(schema, this.dialect)) {
      const [keyword, member] = path;
      if (member === '__proto__')
        throw new SchemaRefused('does-not-compile', pointTo(pointer, keyword), 'the key "__proto__" cannot be checked');
      if (isSchema(subschema))
        this.index(subschema, member === undefined ? pointTo(pointer, keyword) : pointTo(pointer, keyword, member), base);
    }
  }

  /** Records the names a schema gives itself; returns its base URI. */
  private name(schema: Readonly<Record<string, unknown>>, pointer: string, outerBase: string): string {
    const { $anchor: anchor, $dynamicAnchor: dynamicAnchor, $ref: ref } = schema;
    const keyword = this.dialect.id;
    const id = schema[keyword];
    let base = outerBase;
    const isDraft07 = this.dialect.name === 'draft-07';
    if (typeof id === 'string' && !(isDraft07 && ref !== undefined)) {
      const uri = parse(id, outerBase);
      if (!uri) throw new SchemaRefused('not-a-schema', pointTo(pointer, keyword), 'not a URI reference');
      if (isDraft07 && id.startsWith('#')) this.record(this.anchors, `${uri.resource}#${uri.fragment}`, pointTo(pointer, keyword), pointer);
      else {
        base = uri.resource;
        this.record(this.resources, base, pointTo(pointer, keyword), pointer);
      }
    }
    if (isDraft07) return base;
    if (typeof anchor === 'string') this.record(this.anchors, `${base}#${anchor}`, pointTo(pointer, '$anchor'), pointer);
    if (typeof dynamicAnchor === 'string' && dynamicAnchor !== anchor) {
      this.record(this.anchors, `${base}#${dynamicAnchor}`, pointTo(pointer, '$dynamicAnchor'), pointer);
      this.dynamicAnchors.set(dynamicAnchor, (this.dynamicAnchors.get(dynamicAnchor) ?? 0) + 1);
    }
    return base;
  }

  private record(names: Map<string, string>, name: string, place: string, pointer: string): void {
    if (names.has(name) && names.get(name) !== pointer)
      throw new SchemaRefused('does-not-compile', place, 'another schema in the document has this name');
    names.set(name, pointer);
  }

  private isDynamic(pointer: string, anchor: string): boolean {
    const { schema } = this.node(pointer);
    return isPlainObject(schema) && schema.$dynamicAnchor === anchor;
  }
}

function parse(reference: string, base: string): { resource: string; fragment: string } | undefined {
  try {
    const url = new URL(reference, base);
    const fragment = decodeURIComponent(url.hash.slice(1));
    url.hash = '';
    return { resource: url.href, fragment };
  } catch {
    return undefined;
  }
}

/** A refusal that names the reference. */
export function unresolvable(place: string, reference: string, why: string): SchemaRefused {
  return new SchemaRefused('unresolvable-ref', place, `"${shorten(reference)}" ${why}`, { reference: shorten(reference) });
}

function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}
