import { compareSchemas, type SchemaDirection } from './compare-schemas.js';
import type { SchemaValue } from './schema-source.js';

const verdict = (old: SchemaValue, fresh: SchemaValue, direction: SchemaDirection = 'provided'): string =>
  compareSchemas(old, fresh, direction).verdict;
const object = (properties: Record<string, SchemaValue>, more: Record<string, unknown> = {}): SchemaValue => ({
  type: 'object',
  properties,
  ...more,
});

describe('compareSchemas', () => {
  it.each<[string, SchemaValue, SchemaValue]>([
    ['annotations', { type: 'string', title: 'a' }, { type: 'string', description: 'b' }],
    ['sets in another order', { enum: [1, 'a'] }, { enum: ['a', 1] }],
    ['a definition in another place', { $defs: { a: { type: 'string' } }, $ref: '#/$defs/a' }, { type: 'string' }],
    [
      'draft-07 words',
      { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }] },
      { prefixItems: [{ type: 'string' }] },
    ],
  ])('finds schemas equal that differ in %s only', (_what, old, fresh) => {
    expect(verdict(old, fresh)).toBe('equal');
  });

  it.each<[string, SchemaValue, SchemaValue]>([
    ['a type of several', { type: ['string', 'null'] }, { type: 'string' }],
    ['integers among numbers', { type: 'number' }, { type: 'integer' }],
    ['an enumeration of the type', { type: 'string' }, { enum: ['a', 'b'] }],
    ['fewer values', { enum: ['a', 'b', 1] }, { enum: ['a', 1] }],
    ['tighter numbers', { type: 'number', minimum: 0, maximum: 10 }, { type: 'number', exclusiveMinimum: 0, maximum: 9 }],
    ['multiples of a multiple', { type: 'integer', multipleOf: 2 }, { type: 'integer', multipleOf: 4 }],
    ['tighter lengths', { type: 'string', maxLength: 9 }, { type: 'string', minLength: 1, maxLength: 8 }],
    ['a format where there was none', { type: 'string' }, { type: 'string', format: 'date-time' }],
    ['a further required property', object({ a: true, b: true }), object({ a: true, b: true }, { required: ['a'] })],
    ['a further optional property of an open object', object({ a: true }), object({ a: true, b: { type: 'string' } })],
    ['a closed object', object({ a: true }), object({ a: true }, { additionalProperties: false })],
    ['shorter arrays', { type: 'array', items: { type: 'number' } }, { type: 'array', maxItems: 3, items: { type: 'integer' } }],
    [
      'alternatives told apart by a constant',
      { oneOf: [object({ k: { const: 'a' } }, { required: ['k'] }), object({ k: { const: 'b' } }, { required: ['k'] })] },
      object({ k: { const: 'b' }, x: { type: 'number' } }, { required: ['k'] }),
    ],
    [
      'a recursive schema',
      { $defs: { n: object({ v: { type: 'number' }, next: { $ref: '#/$defs/n' } }) }, $ref: '#/$defs/n' },
      { $defs: { n: object({ v: { type: 'integer' }, next: { $ref: '#/$defs/n' } }) }, $ref: '#/$defs/n' },
    ],
  ])('lets what is provided narrow, and what is accepted widen: %s', (_what, wide, narrow) => {
    expect(compareSchemas(wide, narrow, 'provided')).toEqual({ verdict: 'compatible', findings: [] });
    expect(verdict(narrow, wide, 'provided')).not.toMatch(/equal|compatible/);
    expect(compareSchemas(narrow, wide, 'accepted')).toEqual({ verdict: 'compatible', findings: [] });
    expect(verdict(wide, narrow, 'accepted')).not.toMatch(/equal|compatible/);
  });

  it.each<[string, SchemaValue, SchemaValue, string]>([
    ['retyped', object({ a: { type: 'number' } }), object({ a: { type: 'string' } }), '/properties/a/type'],
    ['dropped', object({ a: { type: 'number' }, b: true }), object({ b: true }), '/properties/a'],
    ['forbidden', object({ a: { type: 'number' } }), object({ a: false }), '/properties/a'],
    ['no longer required', object({ a: true }, { required: ['a'] }), object({ a: true }), '/required'],
    ['wider items', { items: { maximum: 3 } }, { items: { maximum: 4 } }, '/items/maximum'],
    ['no longer unique', { type: 'array', uniqueItems: true }, { type: 'array' }, '/uniqueItems'],
    ['opened', object({}, { additionalProperties: false }), object({}), '/additionalProperties'],
    [
      'a new name',
      object({}, { additionalProperties: { type: 'string' } }),
      object({ a: true }, { additionalProperties: { type: 'string' } }),
      '/properties/a/type',
    ],
    ['nothing', { type: 'string' }, false, ''],
  ])('names the place of what breaks: %s', (_what, old, fresh, pointer) => {
    const { verdict: outcome, findings } = compareSchemas(old, fresh, 'provided');
    expect([outcome, findings[0]?.pointer]).toEqual(['breaking', pointer]);
  });

  it.each<[string, SchemaValue, SchemaValue]>([
    ['another pattern', { type: 'string', pattern: '^a' }, { type: 'string', pattern: '^ab' }],
    ['another condition', { if: { const: 1 }, then: false }, { if: { const: 2 }, then: false }],
    ['something else excluded', { not: { required: ['a'] } }, { not: { required: ['b'] } }],
    [
      'what is left unevaluated',
      object({ a: true }, { unevaluatedProperties: false }),
      object({ a: { type: 'string' } }, { unevaluatedProperties: false }),
    ],
    ['alternatives that overlap', { oneOf: [{ minimum: 1 }, { maximum: 5 }] }, { type: 'integer', minimum: 3 }],
    ['a shared schema that is not at hand', { $ref: 'urn:example:a' }, { $ref: 'urn:example:b' }],
  ])('does not decide on %s', (_what, old, fresh) => {
    expect(verdict(old, fresh)).toBe('undecided');
  });

  it('takes parts that did not change as the same, whatever is in them', () => {
    const hard = { if: { required: ['x'] }, then: { pattern: '^a' }, unevaluatedProperties: false, not: { const: 7 } };
    const old = object({ a: hard, b: { type: ['string', 'null'] }, c: { $ref: 'urn:example:a' } });
    expect(verdict(old, object({ a: hard, b: { type: 'string' }, c: { $ref: 'urn:example:a' } }))).toBe('compatible');
  });

  it('looks into shared schemas that it is given', () => {
    const shared = (uri: string): unknown => ({ 'urn:example:wide': { type: 'number' }, 'urn:example:narrow': { type: 'integer' } })[uri];
    const [wide, narrow] = [{ $ref: 'urn:example:wide' }, { $ref: 'urn:example:narrow' }];
    expect(compareSchemas(wide, narrow, 'provided', shared).verdict).toBe('compatible');
    expect(compareSchemas(narrow, wide, 'provided', shared).verdict).toBe('breaking');
  });

  it('gives up when it takes too much work', () => {
    const alternatives = (from: number): SchemaValue[] =>
      Array.from({ length: 30 }, (_, i) => object({ [`p${i + from}`]: { minimum: i } }));
    const nested = (from: number): SchemaValue => ({
      anyOf: alternatives(from),
      allOf: [{ anyOf: alternatives(from + 1) }, { anyOf: alternatives(from + 2) }],
    });
    expect(compareSchemas(nested(0), nested(9), 'accepted', undefined, 20_000)).toEqual({
      verdict: 'undecided',
      findings: [{ pointer: '', verdict: 'undecided', detail: 'comparing the schemas takes too much work' }],
    });
  });
});
