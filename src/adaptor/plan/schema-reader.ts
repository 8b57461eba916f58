import type { FormSchema } from './adaptation-plan.js';

type Members = Readonly<Record<string, unknown>>;

/** What the annotations inside a schema say of a value. */
export interface Annotations {
  /** `x-term`: IRI of what it means. */
  readonly term?: string;
  /** `x-unit`: UCUM. */
  readonly unit?: string;
  /** `x-codes`: what each code means, as the IRI of a term. */
  readonly codes?: Readonly<Record<string, string>>;
  /** `x-identifier`: name of the scheme. */
  readonly identifier?: string;
  /** `x-crs` and `x-axisOrder`. */
  readonly crs?: string;
  readonly axisOrder?: string;
  /** `x-timeFormat` (or what the format of JSON Schema says) and `x-timeZone`. */
  readonly timeFormat?: string;
  readonly timeZone?: string;
  /** `x-entries`: the list is one of keys and values. */
  readonly entries?: { readonly key: string; readonly value: string; readonly members: Readonly<Record<string, FormSchema>> };
}

/** A place of a schema: what it says there, and the document that its references are resolved in. */
export interface SchemaPlace {
  readonly schema: FormSchema;
  readonly document: FormSchema;
}

/** What a schema says of a value, references and `allOf` resolved. */
export interface SchemaNode extends SchemaPlace {
  /** Undefined: any. */
  readonly types?: ReadonlySet<string>;
  readonly properties: ReadonlyMap<string, SchemaPlace>;
  readonly required: ReadonlySet<string>;
  readonly items?: SchemaPlace;
  /** Whether it may have members that it does not name. */
  readonly isOpen: boolean;
  /** The only value there may be. */
  readonly fixed?: { readonly value: unknown };
  readonly codes?: readonly unknown[];
  readonly usual?: { readonly value: unknown };
  readonly says: Annotations;
}

/** Parts of one schema that are looked at: beyond it, what more they say is not known. */
const MAX_PARTS = 64;

/** Where references lead out of a schema that the dictionary knows. */
export interface KnownReferences {
  /** The schema, of the objects that references are followed from. */
  readonly root: FormSchema;
  /** Undefined: not known. */
  follow(schema: Members): SchemaPlace | undefined;
}

/** Reads schemas that are known to be sound. What it does not understand (`if`, `not`, alternatives) it takes for unsaid. */
export class SchemaReader {
  /** @param references of the schema that is read; absent, those within it are followed alone */
  constructor(private readonly references?: KnownReferences) {}

  /** The node at the root of a document. */
  root(document: FormSchema): SchemaNode {
    const root = this.references?.root ?? document;
    return this.node({ schema: root, document: root });
  }

  node(place: SchemaPlace): SchemaNode {
    const parts: { says: Members; document: FormSchema }[] = [];
    this.collect(place, parts);
    const properties = new Map<string, SchemaPlace>();
    const required = new Set<string>();
    let types: ReadonlySet<string> | undefined;
    for (const { says, document } of parts) {
      for (const [name, schema] of entriesOf(says.properties))
        if (!properties.has(name) && isSchema(schema)) properties.set(name, { schema, document });
      if (Array.isArray(says.required)) for (const name of says.required) if (typeof name === 'string') required.add(name);
      const own = typesOf(says);
      if (own !== undefined) types = types === undefined ? own : new Set([...types].filter((type) => own.has(type)));
    }
    const withItems = parts.find(({ says }) => isSchema(says.items));
    const codes = codesOf(parts.map(({ says }) => says));
    const usual = parts.find(({ says }) => says.default !== undefined)?.says.default;
    return {
      ...place,
      properties,
      required,
      isOpen: !parts.some(({ says }) => says.additionalProperties === false || says.unevaluatedProperties === false),
      ...(types === undefined ? {} : { types }),
      ...(withItems === undefined ? {} : { items: { schema: withItems.says.items as FormSchema, document: withItems.document } }),
      ...(codes === undefined ? {} : { codes }),
      ...(codes?.length === 1 ? { fixed: { value: codes[0] } } : {}),
      ...(usual === undefined ? {} : { usual: { value: usual } }),
      says: annotationsOf(parts.map(({ says }) => says)),
    };
  }

  /** A schema, what it refers to, and what is joined to it. */
  private collect({ schema, document }: SchemaPlace, parts: { says: Members; document: FormSchema }[]): void {
    if (typeof schema === 'boolean' || parts.length >= MAX_PARTS || parts.some(({ says }) => says === schema)) return;
    parts.push({ says: schema, document });
    for (const joined of Array.isArray(schema.allOf) ? (schema.allOf as unknown[]) : [])
      if (isSchema(joined)) this.collect({ schema: joined, document }, parts);
    if (typeof schema.$ref === 'string') {
      const target = this.references?.follow(schema) ?? within(schema.$ref, document);
      if (target !== undefined) this.collect(target, parts);
    }
  }
}

/** Whether a node is an object whose members are known. */
export function isStructured(node: SchemaNode): boolean {
  return node.properties.size > 0;
}

/** Whether the value may be a number. */
export function mayBeNumber({ types }: SchemaNode): boolean {
  return types === undefined || types.has('number') || types.has('integer');
}

/** Where a JSON pointer leads within a document. */
function within(reference: string, document: FormSchema): SchemaPlace | undefined {
  const [uri = '', fragment = ''] = reference.split('#', 2);
  if (uri !== '' || (fragment !== '' && !fragment.startsWith('/'))) return undefined;
  let found: unknown = document;
  for (const token of fragment.split('/').slice(1)) {
    const name = decoded(token).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Members)[name];
  }
  return isSchema(found) ? { schema: found, document } : undefined;
}

/** A lone per cent sign stands for itself. */
function decoded(token: string): string {
  try {
    return decodeURIComponent(token);
  } catch {
    return token;
  }
}

function typesOf({ type, oneOf, anyOf }: Members): ReadonlySet<string> | undefined {
  if (typeof type === 'string') return new Set([type]);
  if (Array.isArray(type)) return new Set(type.filter((each) => typeof each === 'string'));
  const alternatives = Array.isArray(oneOf) ? (oneOf as unknown[]) : Array.isArray(anyOf) ? (anyOf as unknown[]) : [];
  const each = alternatives.map((alternative) => (isObject(alternative) ? typesOf(alternative) : undefined));
  return each.length > 0 && each.every((found) => found !== undefined) ? new Set(each.flatMap((found) => [...found])) : undefined;
}

function codesOf(parts: readonly Members[]): readonly unknown[] | undefined {
  for (const says of parts) {
    if (says.const !== undefined) return [says.const];
    if (Array.isArray(says.enum)) return says.enum as unknown[];
    const alternatives = Array.isArray(says.oneOf) ? (says.oneOf as unknown[]) : [];
    const constants = alternatives.map((each) => (isObject(each) ? each.const : undefined));
    if (constants.length > 0 && constants.every((each) => each !== undefined)) return constants;
  }
  return undefined;
}

function annotationsOf(parts: readonly Members[]): Annotations {
  const text = (name: string): string | undefined => parts.map((says) => says[name]).find((value) => typeof value === 'string');
  const format = text('format');
  const codes = parts.map((says) => says['x-codes']).find(isObject);
  const entries = parts.map((says) => says['x-entries']).find(isObject);
  const members: Record<string, unknown> = {
    term: text('x-term'),
    unit: text('x-unit'),
    codes: codes && Object.fromEntries(Object.entries(codes).filter(([, iri]) => typeof iri === 'string')),
    identifier: text('x-identifier'),
    crs: text('x-crs'),
    axisOrder: text('x-axisOrder'),
    timeFormat: text('x-timeFormat') ?? (format === 'date-time' ? 'rfc3339' : undefined),
    timeZone: text('x-timeZone'),
    entries:
      entries && typeof entries.key === 'string' && typeof entries.value === 'string'
        ? { key: entries.key, value: entries.value, members: isObject(entries.members) ? entries.members : {} }
        : undefined,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function entriesOf(value: unknown): [string, unknown][] {
  return isObject(value) ? Object.entries(value) : [];
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSchema(value: unknown): value is FormSchema {
  return typeof value === 'boolean' || isObject(value);
}
