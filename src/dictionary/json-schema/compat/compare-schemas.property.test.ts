import fc from 'fast-check';
import { compileSchema } from '../compile-schema.js';
import { compareSchemas } from './compare-schemas.js';
import type { SchemaValue } from './schema-source.js';

const NAMES = ['a', 'b', 'x1'];
const small = fc.integer({ min: -3, max: 4 });
const scalar = fc.oneof(fc.constant(null), fc.boolean(), small, fc.constantFrom(0.5, 1.5), fc.constantFrom('', 'a', 'b', 'ab', 'x1'));
const type = fc.constantFrom('null', 'boolean', 'object', 'array', 'string', 'number', 'integer');

const { instance } = fc.letrec<{ instance: unknown }>((tie) => ({
  instance: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('instance'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('instance'), { maxKeys: 3 }),
  ),
}));

const { schema } = fc.letrec<{ schema: SchemaValue }>((tie) => {
  const some = tie('schema');
  const several = fc.array(some, { minLength: 1, maxLength: 3 });
  const members = fc.dictionary(fc.constantFrom(...NAMES), some, { maxKeys: 3 });
  const facts = {
    type: fc.oneof(type, fc.uniqueArray(type, { minLength: 1, maxLength: 3 })),
    enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 4, selector: (value) => JSON.stringify(value) }),
    const: scalar,
    minimum: small,
    maximum: small,
    exclusiveMinimum: small,
    exclusiveMaximum: small,
    multipleOf: fc.constantFrom(1, 2, 4, 0.5),
    minLength: fc.nat(2),
    maxLength: fc.nat(2),
    pattern: fc.constantFrom('^a', 'b$', '1'),
    minItems: fc.nat(2),
    maxItems: fc.nat(2),
    uniqueItems: fc.boolean(),
    minProperties: fc.nat(2),
    maxProperties: fc.nat(2),
    required: fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 }),
    dependentRequired: fc.dictionary(fc.constantFrom(...NAMES), fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 2 }), {
      maxKeys: 1,
    }),
  };
  const applied = {
    properties: members,
    additionalProperties: some,
    patternProperties: fc.dictionary(fc.constantFrom('^a', '1', '[ab]'), some, { maxKeys: 2 }),
    propertyNames: fc.record({ pattern: fc.constantFrom('^a', 'b$') }),
    prefixItems: several,
    items: some,
    contains: some,
    allOf: several,
    anyOf: several,
    oneOf: several,
    not: some,
    if: some,
    then: some,
    dependentSchemas: fc.dictionary(fc.constantFrom(...NAMES), some, { maxKeys: 1 }),
    unevaluatedProperties: some,
    $ref: fc.constantFrom('#/$defs/one', '#/$defs/two'),
  };
  const record = (model: Record<string, fc.Arbitrary<unknown>>, most: number): fc.Arbitrary<Record<string, unknown>> =>
    fc
      .subarray(Object.keys(model), { maxLength: most })
      .chain((keys) => fc.record(Object.fromEntries(keys.map((key) => [key, model[key] ?? fc.constant(true)]))));
  return {
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      record(facts, 2),
      fc.boolean(),
      record(applied, 2),
      fc.tuple(record(facts, 2), record(applied, 2)).map(([left, right]) => ({ ...left, ...right })),
    ),
  };
});

/** A schema that stands near another: one of its parts is gone, or has become another's. */
function neighbour(of: unknown, seed: number, other: unknown): unknown {
  if (typeof of !== 'object' || of === null) return seed % 3 === 0 ? other : of;
  if (Array.isArray(of))
    return of.length === 0 ? of : of.map((item: unknown, index) => (index === seed % of.length ? neighbour(item, seed >> 2, other) : item));
  const entries = Object.entries(of);
  const chosen = seed % Math.max(entries.length, 1);
  if (seed % 7 === 0) return Object.fromEntries(entries.filter((_, index) => index !== chosen));
  return Object.fromEntries(entries.map(([key, value], index) => [key, index === chosen ? neighbour(value, seed >> 2, other) : value]));
}

function validatorOf(value: unknown): { validate: (payload: unknown) => unknown[] } | undefined {
  try {
    return compileSchema(value);
  } catch {
    return undefined;
  }
}

const pair = fc.tuple(schema, schema, schema, fc.nat(100_000), fc.constantFrom('free', 'near')).map(([left, one, two, seed, kind]) => {
  const $defs = { one, two };
  const bare = typeof left === 'boolean' ? (left ? {} : { not: {} }) : left;
  const right = kind === 'free' ? two : neighbour(bare, seed, one);
  return [{ ...bare, $defs }, typeof right === 'object' && right !== null ? { ...right, $defs } : right === true] as const;
});

describe('compareSchemas is sound', () => {
  it('never calls a schema compatible that lets through what the other refuses', () => {
    let proven = 0;
    fc.assert(
      fc.property(pair, fc.array(instance, { minLength: 12, maxLength: 30 }), ([old, fresh], instances) => {
        const [before, after] = [validatorOf(old), validatorOf(fresh)];
        if (before === undefined || after === undefined) return;
        const fits = (schemaOf: typeof before, value: unknown): boolean => schemaOf.validate(value).length === 0;
        const provided = compareSchemas(old, fresh, 'provided').verdict;
        const accepted = compareSchemas(old, fresh, 'accepted').verdict;
        expect(provided === 'equal').toBe(accepted === 'equal');
        if (provided === 'compatible' || accepted === 'compatible') proven += 1;
        for (const value of instances) {
          const [was, is] = [fits(before, value), fits(after, value)];
          if (provided === 'equal') expect([value, is]).toEqual([value, was]);
          if (provided === 'compatible' && is) expect([value, was]).toEqual([value, true]);
          if (accepted === 'compatible' && was) expect([value, is]).toEqual([value, true]);
        }
      }),
      { numRuns: 600 },
    );
    expect(proven).toBeGreaterThan(10);
  });
});
