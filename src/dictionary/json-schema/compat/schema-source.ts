import { isPlainObject } from '../schema-bounds.js';
import { isSchema, type SchemaDialect, dialectOf, subschemasOf } from '../schema-dialect.js';

/** A schema as JSON holds it. */
export type SchemaValue = boolean | Readonly<Record<string, unknown>>;

/** Finds a shared schema by its absolute URI, without fragment; undefined when it is not known. */
export type SharedSchemas = (uri: string) => unknown;

/** A schema within its document. Two nodes of one comparison are the same exactly when they are one object. */
export interface SchemaNode {
  readonly source: SchemaSource;
  readonly schema: SchemaValue;
  /** Absolute URI that references in it are relative to. */
  readonly base: string;
  /** Unique within a comparison. */
  readonly key: string;
}

const NAMELESS = 'twinfed-schema:/';
const MAX_SHARED = 200;

/** The documents of one side of a comparison: the schema itself, and the shared schemas that it refers to. */
export class SchemaSource {
  readonly root: SchemaNode;
  private readonly nodes = new Map<object, SchemaNode>();
  private readonly resources = new Map<string, SchemaNode>();
  private readonly anchors = new Map<string, SchemaNode>();
  private readonly dialects = new Map<SchemaNode, SchemaDialect>();
  private readonly dialect: SchemaDialect;
  private loaded = 0;

  /**
   * @param schema a schema that compiles
   * @param side part of the keys of its nodes
   */
  constructor(
    schema: SchemaValue,
    private readonly side: string,
    private readonly shared: SharedSchemas = () => undefined,
  ) {
    this.dialect = dialectOf(schema);
    this.root = this.index(schema, NAMELESS, this.dialect);
    this.resources.set(NAMELESS, this.root);
  }

  /** The node of a subschema of `parent`. */
  child(parent: SchemaNode, schema: SchemaValue): SchemaNode {
    if (typeof schema === 'boolean') return { source: this, schema, base: parent.base, key: String(schema) };
    return this.nodes.get(schema) ?? this.index(schema, parent.base, this.dialectOf(parent));
  }

  /** The version of JSON Schema that a node is written in. */
  dialectOf(node: SchemaNode): SchemaDialect {
    return this.dialects.get(node) ?? this.dialect;
  }

  /** What a reference leads to; its absolute URI when that is in no document known here. */
  resolve(from: SchemaNode, reference: string): SchemaNode | string {
    let uri: URL;
    let fragment: string;
    try {
      uri = new URL(reference, from.base);
      fragment = decodeURIComponent(uri.hash.slice(1));
    } catch {
      return reference;
    }
    const full = uri.href;
    uri.hash = '';
    const resource = this.resources.get(uri.href) ?? this.load(uri.href);
    if (resource === undefined) return full;
    if (fragment === '') return resource;
    return (fragment.startsWith('/') ? this.follow(resource, fragment) : this.anchors.get(`${uri.href}#${fragment}`)) ?? full;
  }

  private load(uri: string): SchemaNode | undefined {
    const schema = this.loaded < MAX_SHARED ? this.shared(uri) : undefined;
    if (!isSchema(schema)) return undefined;
    this.loaded += 1;
    const node = this.index(schema, uri, dialectOf(schema));
    this.resources.set(uri, node);
    return node;
  }

  private follow(resource: SchemaNode, fragment: string): SchemaNode | undefined {
    let value: unknown = resource.schema;
    let nearest = resource;
    for (const token of fragment.split('/').slice(1)) {
      const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
      value = (value as Record<string, unknown>)[name];
      nearest = (typeof value === 'object' && value !== null ? this.nodes.get(value) : undefined) ?? nearest;
    }
    return isSchema(value) ? this.child(nearest, value) : undefined;
  }

  private index(schema: SchemaValue, outerBase: string, dialect: SchemaDialect): SchemaNode {
    if (typeof schema === 'boolean') return { source: this, schema, base: outerBase, key: String(schema) };
    const known = this.nodes.get(schema);
    if (known) return known;
    const base = baseOf(schema, outerBase, dialect);
    const node = { source: this, schema, base, key: `${this.side}${this.nodes.size}` };
    this.nodes.set(schema, node);
    this.dialects.set(node, dialect);
    if (base !== outerBase) this.resources.set(base, node);
    for (const anchor of anchorsOf(schema, dialect)) this.anchors.set(`${base}#${anchor}`, node);
    for (const { schema: subschema } of subschemasOf(schema, dialect)) {
      if (isPlainObject(subschema)) this.index(subschema, base, dialect);
    }
    return node;
  }
}

function baseOf({ $id: id, $ref: ref }: Readonly<Record<string, unknown>>, outer: string, dialect: SchemaDialect): string {
  if (typeof id !== 'string' || (dialect.name === 'draft-07' && (ref !== undefined || id.startsWith('#')))) return outer;
  try {
    const uri = new URL(id, outer);
    uri.hash = '';
    return uri.href;
  } catch {
    return outer;
  }
}

function anchorsOf(schema: Readonly<Record<string, unknown>>, dialect: SchemaDialect): string[] {
  const { $id: id, $anchor: anchor, $dynamicAnchor: dynamicAnchor } = schema;
  if (dialect.name === 'draft-07') return typeof id === 'string' && id.startsWith('#') ? [id.slice(1)] : [];
  return [anchor, dynamicAnchor].filter((name) => typeof name === 'string');
}
