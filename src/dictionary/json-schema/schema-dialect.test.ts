import { compileSchema } from './compile-schema.js';
import { SchemaRefused } from './schema-refused.js';

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';

const accepts = (schema: unknown, payload: unknown) => compileSchema(schema).validate(payload).length === 0;

const refusalOf = (schema: unknown): Pick<SchemaRefused, 'reason' | 'pointer'> | undefined => {
  try {
    compileSchema(schema);
    return undefined;
  } catch (error) {
    if (!(error instanceof SchemaRefused)) throw error;
    return { reason: error.reason, pointer: error.pointer };
  }
};

describe('dialects', () => {
  it('is 2020-12 unless the schema says draft-07', () => {
    const tuple = { items: [{ type: 'string' }], additionalItems: false };
    expect(accepts({ $schema: DRAFT_07, ...tuple }, ['a'])).toBe(true);
    expect(accepts({ $schema: DRAFT_07, ...tuple }, ['a', 'b'])).toBe(false);
    expect(accepts({ prefixItems: [{ type: 'string' }], items: false }, ['a', 'b'])).toBe(false);
    expect(accepts({ $schema: 'http://json-schema.org/schema#', prefixItems: [false] }, ['a'])).toBe(false);
  });

  it('knows the keywords of each', () => {
    expect(accepts({ $schema: DRAFT_07, dependencies: { a: ['b'], c: { required: ['d'] } } }, { a: 1 })).toBe(false);
    expect(accepts({ $schema: DRAFT_07, dependencies: { a: ['b'], c: { required: ['d'] } } }, { c: 1 })).toBe(false);
    expect(accepts({ $schema: DRAFT_07, dependencies: { a: ['b'], c: { required: ['d'] } } }, { a: 1, b: 1, c: 1, d: 1 })).toBe(true);
    expect(accepts({ dependentRequired: { a: ['b'] }, dependentSchemas: { c: { required: ['d'] } } }, { a: 1 })).toBe(false);
    expect(accepts({ dependentRequired: { a: ['b'] }, dependentSchemas: { c: { required: ['d'] } } }, { c: 1 })).toBe(false);
    expect(accepts({ contains: { type: 'number' }, minContains: 2, maxContains: 3 }, [1, 'a'])).toBe(false);
    expect(accepts({ if: { required: ['a'] }, then: { required: ['b'] }, else: { required: ['c'] } }, { a: 1 })).toBe(false);
  });

  it('ignores what stands beside $ref in draft-07 only', () => {
    const schema = { $ref: '#/definitions/n', type: 'string', definitions: { n: { type: 'number' } } };
    expect(accepts({ $schema: DRAFT_07, ...schema }, 1)).toBe(true);
    expect(accepts(schema, 1)).toBe(false);
  });

  it.each(['http://json-schema.org/draft-03/schema#', 'https://json-schema.org/draft/2020-12', 'https://example.org/mine', 7, '__proto__'])(
    'refuses %p',
    ($schema) => {
      expect(refusalOf({ $schema })).toMatchObject({ reason: 'not-a-schema', pointer: '/$schema' });
    },
  );

  it.each([
    ['https://json-schema.org/draft/2020-12/schema#', { prefixItems: [{ type: 'string' }], items: false }],
    ['http://www.json-schema.org/draft/2020-12/schema/', { prefixItems: [{ type: 'string' }], items: false }],
    ['https://json-schema.org/draft/2020-12/schema', { items: [{ type: 'string' }], additionalItems: false }],
    ['https://json-schema.org/draft/2019-09/schema', { items: [{ type: 'string' }], additionalItems: false }],
    ['https://json-schema.org/draft-07/schema', { items: [{ type: 'string' }], additionalItems: false }],
    ['http://json-schema.org/draft-06/schema#', { items: [{ type: 'string' }], additionalItems: false }],
    ['http://json-schema.org/draft-04/schema#', { items: [{ type: 'string' }], additionalItems: false }],
  ])('reads lists of items as %s does', ($schema, tuple) => {
    expect(accepts({ $schema, ...tuple }, ['a'])).toBe(true);
    expect(accepts({ $schema, ...tuple }, [1])).toBe(false);
    expect(accepts({ $schema, ...tuple }, ['a', 'b'])).toBe(false);
  });

  it('reads ids and exclusive bounds of draft-04', () => {
    const schema = {
      $schema: 'http://json-schema.org/draft-04/schema#',
      id: 'https://example.org/old.json',
      definitions: { over: { minimum: 0, exclusiveMinimum: true }, from: { minimum: 0, exclusiveMinimum: false } },
      properties: { over: { $ref: 'old.json#/definitions/over' }, from: { $ref: '#/definitions/from' } },
    };
    expect(accepts(schema, { over: 1, from: 0 })).toBe(true);
    expect(accepts(schema, { over: 0 })).toBe(false);
    expect(accepts(schema, { from: -1 })).toBe(false);
  });

  it('tolerates faults of form that leave no doubt', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: 7,
      description: ['a', 'b'],
      properties: {
        a: { type: 'number', required: true, description: null, format: ['date', 'date-time'], examples: 'none' },
        b: { type: 'array', items: [{ type: 'number', title: {} }] },
        c: { minimum: 0, exclusiveMinimum: true },
        d: { type: 'Relationship', description: 'Relationship. What it belongs to' },
        e: { type: 'Number', minimum: null, enum: null, items: null },
        g: { const: null },
        f: { type: ['Float', 'number', 'Null'] },
      },
      'x-ngsi': { model: true },
      derivedFrom: '',
      license: '',
    };
    expect(accepts(schema, { a: 1, b: [1, 'x'], c: 1 })).toBe(true);
    expect(accepts(schema, { b: ['x'] })).toBe(false);
    expect(accepts(schema, { c: 0 })).toBe(false);
    expect(accepts(schema, { d: ['urn:a'], e: 1.5, f: null })).toBe(true);
    expect(accepts(schema, { e: '1.5' })).toBe(false);
    expect(accepts(schema, { f: 'x' })).toBe(false);
    expect(accepts(schema, { g: 0 })).toBe(false);
    expect(refusalOf({ properties: { a: { type: 'money' } } })).toMatchObject({
      reason: 'not-a-schema',
      pointer: '/properties/a/type',
    });
    expect(refusalOf({ properties: { a: null } })).toMatchObject({ reason: 'not-a-schema', pointer: '/properties/a' });
  });

  it('refuses $recursiveRef, whose meaning depends on the caller', () => {
    expect(refusalOf({ $schema: 'https://json-schema.org/draft/2019-09/schema', $recursiveRef: '#' })?.pointer).toBe('/$recursiveRef');
  });

  it('refuses an embedded schema of another dialect', () => {
    expect(refusalOf({ $defs: { a: { $id: 'urn:a', $schema: DRAFT_07 } } })).toMatchObject({
      reason: 'not-a-schema',
      pointer: '/$defs/a/$schema',
    });
  });
});
