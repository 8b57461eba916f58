import { compileSchema } from './compile-schema.js';
import { SchemaRefused } from './schema-refused.js';

const refusalOf = (schema: unknown): Pick<SchemaRefused, 'reason' | 'pointer' | 'detail'> | undefined => {
  try {
    compileSchema(schema);
    return undefined;
  } catch (error) {
    if (!(error instanceof SchemaRefused)) throw error;
    return { reason: error.reason, pointer: error.pointer, detail: error.detail };
  }
};

const definitions = (count: number, body: (index: number) => unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`d${index}`, body(index)]));

const nested = (depth: number, leaf: unknown): unknown => (depth === 0 ? leaf : { a: nested(depth - 1, leaf), b: nested(0, leaf) });

describe('a hostile schema', () => {
  it.each([
    [null],
    ['{}'],
    [1],
    [[]],
    [undefined],
    [() => true],
    [new Date(0)],
    [{ a: undefined }],
    [{ const: NaN }],
    [{ default: new Map() }],
  ])('is refused when it is %p', (schema) => {
    expect(refusalOf(schema)?.reason).toBe('not-a-schema');
  });

  it.each([
    [{ type: 'nombre' }, '/type'],
    [{ properties: [] }, '/properties'],
    [{ minimum: '1' }, '/minimum'],
    [{ multipleOf: 0 }, '/multipleOf'],
    [{ $defs: { a: { items: { required: [1] } } } }, '/$defs/a/items/required/0'],
    [{ components: { x: { type: 1 } }, $ref: '#/components/x' }, '/components/x/type'],
    [{ required: ['a', 'a'] }, '/required'],
    [{ $id: 'a#b' }, '/$id'],
  ])('is refused at the place of the mistake: %j', (schema, pointer) => {
    expect(refusalOf(schema)).toMatchObject({ reason: 'not-a-schema', pointer });
  });

  it.each([
    [{ $ref: '#' }],
    [{ $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' }],
    [{ allOf: [{ anyOf: [{ not: { $ref: '#' } }] }] }],
    [{ if: true, then: { $ref: '#' } }],
    [{ dependentSchemas: { a: { $dynamicRef: '#x' } }, $dynamicAnchor: 'x' }],
  ])('is refused when a reference goes round without descending: %j', (schema) => {
    expect(refusalOf(schema)?.reason).toBe('unresolvable-ref');
  });

  it('is refused when references fan out over one value', () => {
    const schema = {
      $ref: '#/$defs/d0',
      $defs: {
        ...definitions(30, (index) => ({ allOf: [{ $ref: `#/$defs/d${index + 1}` }, { $ref: `#/$defs/d${index + 1}` }] })),
        d30: {},
      },
    };
    expect(refusalOf(schema)?.reason).toBe('too-large');
  });

  it('is refused when a chain of references is too long', () => {
    const schema = { $ref: '#/$defs/d0', $defs: { ...definitions(500, (index) => ({ $ref: `#/$defs/d${index + 1}` })), d500: {} } };
    expect(refusalOf(schema)?.reason).toBe('too-deep');
  });

  it('compiles a long chain that descends', () => {
    const schema = {
      $ref: '#/$defs/d0',
      $defs: { ...definitions(400, (index) => ({ properties: { a: { $ref: `#/$defs/d${index + 1}` } } })), d400: false },
    };
    expect(compileSchema(schema).validate({ a: { a: 1 } })).toEqual([]);
  });

  it('is refused when it is too long, too deep or has too many parts', () => {
    expect(refusalOf({ description: 'x'.repeat(256 * 1024) })?.reason).toBe('too-large');
    expect(refusalOf({ enum: new Array(300_000).fill(1) })?.reason).toBe('too-large');
    expect(refusalOf({ properties: definitions(1_001, () => ({})) })?.reason).toBe('too-large');
    expect(refusalOf({ oneOf: new Array(201).fill({}) })).toMatchObject({ reason: 'too-large', pointer: '/oneOf' });
    expect(refusalOf({ dependentRequired: { a: Object.keys(definitions(1_001, () => 1)) } })?.reason).toBe('too-large');
    let deep: unknown = {};
    for (let depth = 0; depth < 100_000; depth++) deep = { not: deep };
    expect(refusalOf(deep)?.reason).toBe('too-deep');
    const circular: Record<string, unknown> = {};
    circular.not = circular;
    expect(refusalOf(circular)?.reason).toBe('too-deep');
  });

  it('compiles up to the limits', () => {
    expect(compileSchema({ properties: definitions(999, () => ({ type: 'number' })) }).validate({ d7: 'x' })).toHaveLength(1);
    expect(compileSchema({ enum: Array.from({ length: 30_000 }, (_, index) => index) }).validate(29_999)).toEqual([]);
    expect(
      compileSchema({
        $schema: 'http://json-schema.org/draft-07/schema#',
        enum: Array.from({ length: 15_000 }, (_, index) => ({ index })),
      }).validate({ index: 14_999 }),
    ).toEqual([]);
    expect(compileSchema({ required: Array.from({ length: 20_000 }, (_, index) => `r${index}`) }).validate({}).length).toBeGreaterThan(0);
  });

  it('has its patterns refused by name and place', () => {
    expect(refusalOf({ properties: { a: { pattern: '(a)\\1' } } })).toEqual({
      reason: 'pattern-refused',
      pointer: '/properties/a/pattern',
      detail: 'the pattern "(a)\\\\1": backreferences cannot be matched in linear time',
    });
    expect(refusalOf({ patternProperties: { '^(x)\\1/': true } })).toMatchObject({
      reason: 'pattern-refused',
      pointer: '/patternProperties/^(x)\\1~1',
    });
    expect(refusalOf({ propertyNames: { pattern: '(' } })).toMatchObject({ reason: 'pattern-refused', pointer: '/propertyNames/pattern' });
  });

  it('may not be asynchronous, nor set members of prototypes', () => {
    expect(refusalOf({ $async: true })).toMatchObject({ reason: 'does-not-compile', pointer: '/$async' });
    expect(refusalOf({ items: { $async: true } })).toMatchObject({ reason: 'does-not-compile', pointer: '/items/$async' });
    expect(refusalOf(JSON.parse('{"properties":{"__proto__":{"type":"number"}}}'))).toMatchObject({
      reason: 'does-not-compile',
      pointer: '/properties',
    });
  });

  it('gets no data references', () => {
    expect(refusalOf({ properties: { a: { maximum: { $data: '1/b' } } } })).toMatchObject({
      reason: 'not-a-schema',
      pointer: '/properties/a/maximum',
    });
  });
});

describe('a hostile payload', () => {
  const tooMuch = [{ pointer: '', detail: 'the value is too large to be checked against this schema' }];

  it('cannot make a pattern backtrack', () => {
    expect(compileSchema({ pattern: '^(a+)+$' }).validate(`${'a'.repeat(100_000)}!`)).toEqual([
      { pointer: '', detail: 'must match pattern "^(a+)+$"' },
    ]);
  });

  it('cannot make a recursive schema explode', () => {
    const schema = compileSchema({ properties: { a: { anyOf: [{ $ref: '#' }, { $ref: '#' }] }, b: { type: 'number' } } });
    expect(schema.validate(nested(62, 1))).toEqual([]);
    expect(schema.validate(nested(62, 'x'))).toEqual(tooMuch);
  });

  it('that the validator cannot check a value against refuses the value and throws nothing', () => {
    const inner = { if: {}, unevaluatedProperties: { minimum: 1, required: [] } };
    const schema = compileSchema({
      patternProperties: { '^a': {} },
      anyOf: [{ prefixItems: [{}], allOf: [{ contains: {}, oneOf: [{ anyOf: [{}], oneOf: [inner] }] }] }],
    });
    expect(schema.validate({ a: '', b: 0.5 }).length).toBeGreaterThan(0);
  });

  it('cannot make uniqueItems compare each item with each other', () => {
    const schema = compileSchema({ uniqueItems: true });
    expect(schema.validate(Array.from({ length: 50_000 }, (_, index) => ({ index })))).toEqual([]);
    expect(schema.validate([...Array.from({ length: 50_000 }, (_, index) => ({ index })), { index: 0 }])).toHaveLength(1);
  });

  it('cannot make many patterns read a long text', () => {
    const schema = compileSchema({ allOf: Array.from({ length: 300 }, (_, index) => ({ pattern: `^(.*${index})?` })) });
    expect(schema.validate('x'.repeat(1_000_000))).toEqual(tooMuch);
    expect(schema.validate('x'.repeat(100))).toEqual([]);
  });

  it('cannot make it quadratic to collect errors', () => {
    const schema = compileSchema({ items: { $ref: '#/$defs/s' }, $defs: { s: { type: 'string' } } });
    expect(schema.validate(new Array(500_000).fill(1)).length).toBeGreaterThan(0);
  });

  it('of ordinary kind may be a megabyte', () => {
    const schema = compileSchema({
      items: {
        type: 'object',
        properties: { at: { format: 'date-time' }, value: { type: 'number' }, unit: { pattern: '^[A-Za-z/]+$' } },
        required: ['at', 'value'],
      },
    });
    expect(schema.validate(Array.from({ length: 15_000 }, () => ({ at: '2024-01-01T00:00:00Z', value: 1.5, unit: 'kW/h' })))).toEqual([]);
  });
});
