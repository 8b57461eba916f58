import { compileSchema } from './compile-schema.js';
import { MAX_VIOLATIONS } from './compiled-schema.js';
import { SchemaRefused } from './schema-refused.js';

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#';

const accepts = (schema: unknown, payload: unknown) => compileSchema(schema).validate(payload).length === 0;

const refusalOf = (schema: unknown): Pick<SchemaRefused, 'reason' | 'pointer' | 'detail'> | undefined => {
  try {
    compileSchema(schema);
    return undefined;
  } catch (error) {
    if (!(error instanceof SchemaRefused)) throw error;
    return { reason: error.reason, pointer: error.pointer, detail: error.detail };
  }
};

describe('a compiled schema', () => {
  it('names the places where a payload does not fit', () => {
    const schema = compileSchema({
      type: 'object',
      properties: { 'a/b': { type: 'array', items: { type: 'number', minimum: 0 } }, unit: { enum: ['kW', 'MW'] } },
      required: ['id'],
      additionalProperties: false,
    });
    expect(schema.validate({ id: 1, 'a/b': [] })).toEqual([{ pointer: '', detail: 'must NOT have additional properties: "id"' }]);
    expect(schema.validate({ 'a/b': [1, -1, 'x'], unit: 'W', more: 1 })).toEqual(
      expect.arrayContaining([
        { pointer: '', detail: "must have required property 'id'" },
        { pointer: '', detail: 'must NOT have additional properties: "more"' },
        { pointer: '/a~1b/1', detail: 'must be >= 0' },
        { pointer: '/a~1b/2', detail: 'must be number' },
        { pointer: '/unit', detail: 'must be one of the values listed in the schema' },
      ]),
    );
  });

  it('reports at most twenty violations', () => {
    const schema = compileSchema({ items: { type: 'string' } });
    expect(schema.validate(Array.from({ length: 100 }, (_, index) => index))).toHaveLength(MAX_VIOLATIONS);
    expect(schema.validate(Array.from({ length: 200_000 }, (_, index) => index)).length).toBeGreaterThan(0);
  });

  it('may be a boolean', () => {
    expect(accepts(true, null)).toBe(true);
    expect(accepts(false, null)).toBe(false);
    expect(accepts({}, [1])).toBe(true);
  });

  it('tolerates keywords and formats it does not know', () => {
    expect(accepts({ 'x-unit': 'kW', discriminator: 1, nullable: true, type: 'string', format: 'barcode' }, 'x')).toBe(true);
    expect(accepts({ nullable: true, type: 'string' }, null)).toBe(false);
    expect(accepts({ nullable: true }, 1)).toBe(true);
  });

  it.each([
    ['date-time', '2024-02-29T10:00:00Z', '2023-02-29T10:00:00Z'],
    ['uri', 'urn:uuid:1', 'not a uri'],
    ['email', 'a@b.org', 'a@'],
    ['uuid', '6b1c7f2e-8f1b-4c55-9d3e-2b6f6d1f0a11', '6b1c'],
    ['ipv6', '::1', ':::'],
    ['json-pointer', '/a~1', '/~2'],
    ['duration', 'PT5M', 'P'],
  ])('checks the format %s', (format, good, bad) => {
    expect(accepts({ format }, good)).toBe(true);
    expect(accepts({ format }, bad)).toBe(false);
    expect(accepts({ format }, 1)).toBe(true);
  });

  it('compares with const and enum as JSON does', () => {
    expect(accepts({ const: { a: [1, null], b: 'x' } }, { b: 'x', a: [1, null] })).toBe(true);
    expect(accepts({ const: { a: 1 } }, { a: 1, b: 2 })).toBe(false);
    expect(accepts({ const: [] }, {})).toBe(false);
    expect(accepts({ enum: [1, 'a', null, { x: [] }] }, { x: [] })).toBe(true);
    expect(accepts({ enum: [1, 'a', null, { x: [] }] }, '1')).toBe(false);
    expect(accepts({ enum: [0] }, -0)).toBe(true);
    expect(accepts({ const: { valueOf: 1 } }, { valueOf: 1 })).toBe(true);
    expect(accepts({ enum: [{ a: 1 }] }, { valueOf: 1, toString: 2, constructor: 3 })).toBe(false);
  });

  it('compares unique items as JSON does', () => {
    expect(
      accepts({ uniqueItems: true }, [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ]),
    ).toBe(false);
    expect(accepts({ uniqueItems: true }, [1, '1', true, 'true', null, 'null', [1], '[1]', {}, '{}'])).toBe(true);
    expect(accepts({ uniqueItems: true }, ['a', 'b', 'a'])).toBe(false);
    expect(accepts({ uniqueItems: false }, [1, 1])).toBe(true);
  });

  it('counts characters, not code units', () => {
    expect(accepts({ maxLength: 2 }, '😀😀')).toBe(true);
    expect(accepts({ maxLength: 2 }, '😀😀a')).toBe(false);
    expect(accepts({ minLength: 3 }, '😀😀')).toBe(false);
    expect(accepts({ minLength: 3 }, 'abc')).toBe(true);
    expect(accepts({ minLength: 0, maxLength: 0 }, '')).toBe(true);
  });

  it('divides decimals as people do', () => {
    expect(accepts({ multipleOf: 0.01 }, 19.99)).toBe(true);
    expect(accepts({ multipleOf: 0.01 }, 19.999)).toBe(false);
    expect(accepts({ multipleOf: 1 }, 1e21)).toBe(true);
  });

  it('looks only at own members of the payload', () => {
    expect(accepts({ required: ['toString'] }, {})).toBe(false);
    expect(accepts({ required: ['__proto__'] }, JSON.parse('{"__proto__":1}'))).toBe(true);
    expect(accepts({ properties: { constructor: { type: 'number' } } }, {})).toBe(true);
    expect(accepts({ propertyNames: { maxLength: 3 } }, JSON.parse('{"__proto__":1}'))).toBe(false);
  });

  it('keeps patterns apart', () => {
    const schema = { properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } }, patternProperties: { '^x': { type: 'number' } } };
    expect(accepts(schema, { a: 'a', b: 'b', x1: 1 })).toBe(true);
    expect(accepts(schema, { a: 'b' })).toBe(false);
    expect(accepts(schema, { b: 'a' })).toBe(false);
    expect(accepts(schema, { x1: 'a' })).toBe(false);
  });

  it('cannot be injected through its strings', () => {
    const evil = '"]);throw new Error("injected");//`${process.exit()}\'\\\u2028';
    const schema = {
      title: evil,
      $comment: evil,
      properties: { [evil]: { const: evil, format: evil } },
      required: [evil],
      patternProperties: { [`^${evil.replaceAll(/[^a-z]/g, '')}$`]: { enum: [evil] } },
      dependentRequired: { [evil]: [evil] },
      $defs: { [evil]: { $anchor: 'ok' } },
      $ref: '#ok',
    };
    expect(accepts(schema, { [evil]: evil })).toBe(true);
    expect(accepts(schema, {})).toBe(false);
  });
});

describe('references', () => {
  it.each([
    ['a pointer', { $ref: '#/$defs/n', $defs: { n: { type: 'number' } } }],
    ['a pointer with escapes', { $ref: '#/$defs/a~1b%25~0', $defs: { 'a/b%~': { type: 'number' } } }],
    ['a pointer into an array', { $ref: '#/$defs/x/allOf/1', $defs: { x: { allOf: [true, { type: 'number' }] } } }],
    ['a pointer to a place no keyword leads to', { $ref: '#/components/schemas/N', components: { schemas: { N: { type: 'number' } } } }],
    ['an anchor', { $ref: '#num', $defs: { n: { $anchor: 'num', type: 'number' } } }],
    ['its own id', { $id: 'https://example.org/s', $ref: 'https://example.org/s#/$defs/n', $defs: { n: { type: 'number' } } }],
    ['an embedded id', { $ref: 'urn:n', $defs: { n: { $id: 'urn:n', type: 'number' } } }],
    ['a relative embedded id', { $id: 'https://example.org/a/b', $ref: 'n.json', $defs: { n: { $id: '/a/n.json', type: 'number' } } }],
    [
      'a reference inside an embedded schema',
      { $ref: 'urn:e', $defs: { e: { $id: 'urn:e', $ref: '#/$defs/n', $defs: { n: { type: 'number' } } }, n: false } },
    ],
    [
      'an anchor of an embedded schema',
      { $ref: 'urn:e#x', $defs: { e: { $id: 'urn:e', $defs: { n: { $anchor: 'x', type: 'number' } } } } },
    ],
    ['a dynamic anchor', { $dynamicRef: '#n', $defs: { n: { $dynamicAnchor: 'n', type: 'number' } } }],
    ['a chain', { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/c' }, c: { type: 'number' } } }],
    ['both kinds at once', { $ref: '#/$defs/a', $dynamicRef: '#b', $defs: { a: true, b: { $anchor: 'b', type: 'number' } } }],
    ['an anchor of draft-07', { $schema: DRAFT_07, $ref: '#num', definitions: { n: { $id: '#num', type: 'number' } } }],
  ])('follow %s', (_name, schema) => {
    expect(accepts(schema, 1)).toBe(true);
    expect(accepts(schema, 'x')).toBe(false);
  });

  it('lead to booleans too', () => {
    expect(accepts({ properties: { a: { $ref: '#/$defs/no' } }, $defs: { no: false } }, { a: 1 })).toBe(false);
    expect(accepts({ $ref: '#/$defs/yes', $defs: { yes: true } }, 1)).toBe(true);
  });

  it('count as evaluating what they evaluate', () => {
    const schema = { $ref: '#/$defs/a', unevaluatedProperties: false, $defs: { a: { properties: { x: true } } } };
    expect(accepts(schema, { x: 1 })).toBe(true);
    expect(accepts(schema, { x: 1, y: 1 })).toBe(false);
  });

  it('may recurse as deep as the payload', () => {
    const schema = {
      properties: { value: { type: 'number' }, children: { type: 'array', items: { $ref: '#' } } },
      unevaluatedProperties: false,
    };
    let tree: unknown = { value: 'leaf' };
    for (let depth = 0; depth < 31; depth++) tree = { value: depth, children: [tree] };
    expect(compileSchema(schema).validate(tree)).toEqual([expect.objectContaining({ pointer: `${'/children/0'.repeat(31)}/value` })]);
  });

  it.each([
    ['http://169.254.169.254/latest#/a', {}],
    ['https://json-schema.org/draft/2020-12/schema', {}],
    ['other.json', {}],
    ['file:///etc/passwd', {}],
    ['#/$defs/none', {}],
    ['#nowhere', {}],
    ['#/$defs/%E0', {}],
    ['#/toString', {}],
    ['#/__proto__', {}],
    ['//[', {}],
  ])('out of the document or to nowhere, as %p, are refused by name', (reference) => {
    const refusal = refusalOf({ properties: { a: { $ref: reference } } });
    expect(refusal).toMatchObject({ reason: 'unresolvable-ref', pointer: '/properties/a/$ref' });
    expect(refusal?.detail).toContain(reference);
    expect(refusalOf({ $dynamicRef: reference })?.reason).toBe('unresolvable-ref');
  });

  it('are resolved without regard to other schemas of the same id', () => {
    const one = { $id: 'https://example.org/s', $defs: { t: { $id: 'urn:t', type: 'number' } }, $ref: 'urn:t' };
    const other = { $id: 'https://example.org/s', $defs: { t: { $id: 'urn:t', type: 'string' } }, $ref: 'urn:t' };
    const [first, second] = [compileSchema(one), compileSchema(other)];
    expect([first.validate(1), second.validate('a')]).toEqual([[], []]);
    expect([first.validate('a').length, second.validate(1).length]).toEqual([1, 1]);
    expect(refusalOf({ $ref: 'urn:t' })?.reason).toBe('unresolvable-ref');
  });

  it('may not be ambiguous', () => {
    expect(refusalOf({ $defs: { a: { $id: 'urn:a' }, b: { $id: 'urn:a' } } })).toMatchObject({
      reason: 'does-not-compile',
      pointer: '/$defs/b/$id',
    });
    expect(refusalOf({ $defs: { a: { $anchor: 'x' }, b: { $anchor: 'x' } } })).toMatchObject({
      reason: 'does-not-compile',
      pointer: '/$defs/b/$anchor',
    });
    const dynamic = {
      $ref: 'urn:a',
      $dynamicAnchor: 'x',
      $defs: { a: { $id: 'urn:a', $dynamicAnchor: 'x', items: { $dynamicRef: '#x' } } },
    };
    expect(refusalOf(dynamic)).toMatchObject({ reason: 'does-not-compile', pointer: '/$defs/a/items/$dynamicRef' });
  });
});
