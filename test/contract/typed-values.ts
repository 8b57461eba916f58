import fc from 'fast-check';
import { exactNumber } from '../../src/kernel/exact-json.js';

/** A schema, and a value of it. */
export interface TypedValue {
  readonly schema: Schema;
  readonly value: unknown;
}

/** A generated schema. */
export type Schema = Readonly<Record<string, unknown>>;

const NAMES = [
  'speed',
  'a b',
  'größe',
  '@id',
  '1st',
  'a/b',
  'a.b',
  '#text',
  'n',
  '_',
  'xml',
  'x:y',
  'value',
  'type2',
  '速度',
  'a~b',
  'a_x0020_b',
];

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z][A-Za-z0-9]{0,8}$/) },
);

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '',
    ' ',
    '  padded ',
    '1',
    '-0.50',
    'true',
    'null',
    '"quoted"',
    "it's",
    'a,b;c',
    '<&>]]>',
    'line\nbreak',
    '=1+1',
    '\uFEFFmark',
    '&amp;',
  ),
);

const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.constantFrom(0, 1e21, 5e-324, 1.7976931348623157e308, 0.1, -1.5),
  fc
    .constantFrom('12345678901234567890', '-12345678901234567890.10', '0.12345678901234567890123', '1e400', '18446744073709551616')
    .map(exactNumber),
);

const scalars: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  string: text,
  number,
  integer: fc.integer(),
  boolean: fc.boolean(),
  null: fc.constant(null),
};

const types = fc.oneof(
  fc.constantFrom('string', 'number', 'integer', 'boolean'),
  fc.constantFrom(['string', 'null'], ['number', 'null'], ['string', 'number'], ['boolean', 'string', 'null']),
);

const schemas = fc.letrec<{ node: Schema; object: Schema }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 5, arbitrary: types.map((type): Schema => ({ type })) },
    { weight: 1, arbitrary: tie('node').map((items): Schema => ({ type: 'array', items })) },
    { weight: 1, arbitrary: tie('object') },
    { weight: 1, arbitrary: fc.constant<Schema>({}) },
  ),
  object: fc
    .record({
      properties: fc.dictionary(name, tie('node'), { maxKeys: 5 }),
      closed: fc.boolean(),
      required: fc.array(name, { maxLength: 3 }),
    })
    .map(({ properties, closed, required }) => ({
      type: 'object',
      properties: { ...properties },
      required: [...new Set(required)].filter((key) => Object.hasOwn(properties, key)),
      ...(closed ? { additionalProperties: false } : {}),
    })),
}));

/** Objects with their schemas, open and closed, nested, nullable, some members optional. */
export const typedObject: fc.Arbitrary<TypedValue> = schemas.object.chain((schema) => valueOf(schema).map((value) => ({ schema, value })));

/** Anything with its schema. */
export const typedValue: fc.Arbitrary<TypedValue> = fc.oneof(
  typedObject,
  schemas.node.chain((schema) => valueOf(schema).map((value) => ({ schema, value }))),
);

/** Values of a schema as {@link typedValue} makes them. */
export function valueOf(schema: Schema): fc.Arbitrary<unknown> {
  const { type } = schema;
  if (type === undefined) return anything();
  if (Array.isArray(type)) return fc.oneof(...type.map((one: string) => scalars[one] ?? fc.constant(null)));
  if (type === 'array') return fc.array(valueOf(schema.items as Schema), { maxLength: 3 });
  if (type !== 'object') return scalars[type as string] ?? fc.constant(null);
  const properties = schema.properties as Readonly<Record<string, Schema>>;
  const members = Object.fromEntries(Object.entries(properties).map(([key, member]) => [key, valueOf(member)]));
  const named = fc.record(members, { requiredKeys: schema.required as string[] }).map((value) => ({ ...value }));
  if (schema.additionalProperties === false) return named;
  return fc.tuple(fc.dictionary(name, anything(), { maxKeys: 2 }), named).map(([unnamed, value]) => {
    const others = Object.entries(unnamed).filter(([key]) => !Object.hasOwn(properties, key));
    return { ...value, ...Object.fromEntries(others) };
  });
}

function anything(): fc.Arbitrary<unknown> {
  const scalar = fc.oneof(...Object.values(scalars));
  return fc.oneof(
    scalar,
    fc.array(scalar, { maxLength: 2 }),
    fc.dictionary(name, scalar, { maxKeys: 2 }).map((value) => ({ ...value })),
  );
}
