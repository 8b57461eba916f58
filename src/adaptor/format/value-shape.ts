/** What a schema says of a value, as far as formats ask: enough to type what is written without types. */
export type ValueShape =
  | { readonly kind: 'any' }
  | { readonly kind: 'scalar'; readonly types: ReadonlySet<ScalarType> }
  | { readonly kind: 'array'; readonly items: ValueShape; readonly isNullable: boolean }
  | {
      readonly kind: 'object';
      readonly members: ReadonlyMap<string, ValueShape>;
      readonly required: ReadonlySet<string>;
      /** Members that the schema does not name may come. */
      readonly isOpen: boolean;
      readonly isNullable: boolean;
    };

/** Types of scalars; an integer is a number. */
export type ScalarType = 'string' | 'number' | 'boolean' | 'null';

type Keywords = Readonly<Record<string, unknown>>;

const ANY: ValueShape = { kind: 'any' };
/** Schemas that are looked at, and how deep; beyond, nothing is known. */
const MOST = 10_000;
const DEEPEST = 32;

interface Reading {
  readonly root: unknown;
  left: number;
  /** References that are being followed: one within itself ends there. */
  readonly chain: string[];
}

/** The shape of a JSON Schema (2020-12 and earlier). Local references are followed; what cannot be understood is `any`. */
export function shapeOf(schema: unknown): ValueShape {
  return read(schema, { root: schema, left: MOST, chain: [] }, DEEPEST);
}

function read(schema: unknown, reading: Reading, depth: number): ValueShape {
  reading.left -= 1;
  if (depth === 0 || reading.left < 0 || typeof schema !== 'object' || schema === null || Array.isArray(schema)) return ANY;
  const keywords = schema as Keywords;
  const parts: ValueShape[] = [own(keywords, reading, depth)];
  if (typeof keywords.$ref === 'string') parts.push(follow(keywords.$ref, reading, depth));
  for (const part of list(keywords.allOf)) parts.push(read(part, reading, depth - 1));
  for (const choices of [list(keywords.anyOf), list(keywords.oneOf)]) {
    if (choices.length > 0) parts.push(choices.map((choice) => read(choice, reading, depth - 1)).reduce(either));
  }
  return parts.reduce(both);
}

function follow(reference: string, reading: Reading, depth: number): ValueShape {
  if (reading.chain.includes(reference)) return ANY;
  reading.chain.push(reference);
  const shape = read(resolve(reference, reading.root), reading, depth - 1);
  reading.chain.pop();
  return shape;
}

function own(keywords: Keywords, reading: Reading, depth: number): ValueShape {
  const types = typesOf(keywords);
  if (types.size === 0) {
    if (typeof keywords.properties === 'object') types.add('object');
    else if (keywords.items !== undefined || keywords.prefixItems !== undefined) types.add('array');
    else return ANY;
  }
  const isNullable = types.delete('null');
  if (types.size === 0) return { kind: 'scalar', types: new Set(['null']) };
  if (types.size === 1 && types.has('object')) return objectShape(keywords, isNullable, reading, depth);
  if (types.size === 1 && types.has('array')) {
    const items = keywords.prefixItems === undefined ? read(keywords.items, reading, depth - 1) : ANY;
    return { kind: 'array', items, isNullable };
  }
  if (types.has('object') || types.has('array')) return ANY;
  const scalars = new Set([...types].map((type) => (type === 'integer' ? 'number' : type)) as ScalarType[]);
  if (isNullable) scalars.add('null');
  return { kind: 'scalar', types: scalars };
}

function objectShape(keywords: Keywords, isNullable: boolean, reading: Reading, depth: number): ValueShape {
  const properties = typeof keywords.properties === 'object' && keywords.properties !== null ? Object.entries(keywords.properties) : [];
  const isClosed = keywords.additionalProperties === false || keywords.unevaluatedProperties === false;
  return {
    kind: 'object',
    members: new Map(properties.map(([name, member]) => [name, read(member, reading, depth - 1)])),
    required: new Set(list(keywords.required) as string[]),
    isOpen: !isClosed || keywords.patternProperties !== undefined,
    isNullable,
  };
}

function typesOf({ type, const: constant, enum: values }: Keywords): Set<string> {
  if (typeof type === 'string') return new Set([type]);
  if (Array.isArray(type)) return new Set(type as string[]);
  const examples = constant === undefined ? list(values) : [constant];
  return new Set(examples.map((value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)));
}

/** Both hold. */
function both(one: ValueShape, other: ValueShape): ValueShape {
  if (one.kind === 'any') return other;
  if (other.kind === 'any') return one;
  if (one.kind === 'object' && other.kind === 'object') {
    const members = new Map(one.members);
    for (const [name, shape] of other.members) members.set(name, both(members.get(name) ?? ANY, shape));
    return {
      kind: 'object',
      members,
      required: new Set([...one.required, ...other.required]),
      isOpen: one.isOpen && other.isOpen,
      isNullable: one.isNullable && other.isNullable,
    };
  }
  if (one.kind === 'scalar' && other.kind === 'scalar')
    return { kind: 'scalar', types: new Set([...one.types].filter((type) => other.types.has(type))) };
  return one;
}

/** One of them holds. */
function either(one: ValueShape, other: ValueShape): ValueShape {
  if (one.kind === 'scalar' && other.kind === 'scalar') return { kind: 'scalar', types: new Set([...one.types, ...other.types]) };
  if (isNull(one)) return other.kind === 'any' || other.kind === 'scalar' ? ANY : { ...other, isNullable: true };
  if (isNull(other)) return either(other, one);
  if (one.kind === 'array' && other.kind === 'array')
    return { kind: 'array', items: either(one.items, other.items), isNullable: one.isNullable || other.isNullable };
  if (one.kind !== 'object' || other.kind !== 'object') return ANY;
  const members = new Map([...one.members, ...other.members]);
  for (const [name, shape] of one.members) members.set(name, either(shape, other.members.get(name) ?? shape));
  return {
    kind: 'object',
    members,
    required: new Set([...one.required].filter((name) => other.required.has(name))),
    isOpen: one.isOpen || other.isOpen,
    isNullable: one.isNullable || other.isNullable,
  };
}

const isNull = (shape: ValueShape): boolean => shape.kind === 'scalar' && shape.types.size === 1 && shape.types.has('null');

const list = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

function resolve(reference: string, root: unknown): unknown {
  if (!reference.startsWith('#')) return undefined;
  let at: unknown = root;
  for (const token of reference.slice(1).split('/').slice(1)) {
    const name = decodeURIComponent(token).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as Keywords)[name];
  }
  return at;
}
