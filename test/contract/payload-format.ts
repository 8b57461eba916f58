import fc from 'fast-check';
import { FormatError, type PayloadFormat } from '../../src/adaptor/format/payload-format.js';
import { shapeOf, type ValueShape } from '../../src/adaptor/format/value-shape.js';
import type { AdaptationLoss } from '../../src/adaptor/plan/adaptation-plan.js';
import { isExactNumber, parseExact, stringifyExact } from '../../src/kernel/exact-json.js';
import type { TypedValue } from './typed-values.js';

/** An implementation under test. */
export interface FormatUnderTest {
  readonly format: PayloadFormat;
  /** Sets of options that it is held to; the first is the usual one. */
  readonly options: readonly unknown[];
  /** Options that are none. */
  readonly invalidOptions: readonly unknown[];
  /** Values it is meant for, with their schemas. */
  readonly values: fc.Arbitrary<TypedValue>;
  /** A value of it that has the given one as a member's. */
  around(member: unknown): unknown;
  /** What it may refuse to write of values that its losses do not call unwritable. */
  mayRefuse?(value: unknown): boolean;
  /** Documents that are none, by what is wrong with them. */
  readonly bad: Readonly<Record<string, unknown>>;
  /** Documents with a member called `__proto__`. */
  readonly withPrototype: readonly unknown[];
}

/** What every payload format promises. */
export function payloadFormatContract(under: FormatUnderTest): void {
  const { format } = under;
  describe(`the payload format ${format.name}`, () => {
    const usual = format.read(under.options[0]);

    it('reads options that it has read again, to the same', () => {
      for (const options of under.options) {
        const once = format.read(options);
        expect(format.read(JSON.parse(JSON.stringify(once)))).toEqual(once);
      }
      expect(format.mediaTypes.length).toBeGreaterThan(0);
      expect(format.unread(usual).every(({ kind, detail }) => kind !== '' && detail !== '')).toBe(true);
    });

    it('refuses options that are none, with pointers', () => {
      for (const options of [...under.invalidOptions, 'text', [], null, { nonsense: 1 }])
        expect(() => format.read(options)).toThrow(
          expect.objectContaining({ code: 'validation-failed', errors: expect.anything() as unknown }) as Error,
        );
    });

    it.each(under.options.map((options) => [JSON.stringify(options), options]))(
      'gives back whatever it does not declare lost, with %s',
      (_, options) => {
        const read = format.read(options);
        fc.assert(
          fc.property(under.values, ({ schema, value }) => {
            const losses = format.losses(schema, read);
            expect(format.losses(schema, read)).toEqual(losses);
            const codec = format.compile(read, schema);
            const document = written(() => codec.encode(copy(value)), value, losses);
            if (document === undefined) return;
            expect(documentFits(document, format.carrier)).toBe(true);
            const back = codec.decode(copy(document));
            const shape = shapeOf(schema);
            expect(comparable(forgive(copy(back), losses, shape))).toEqual(comparable(forgive(copy(value), losses, shape)));
            // A second time around nothing changes any more.
            const again = written(() => codec.encode(copy(back)), back, losses);
            if (again !== undefined) expect(comparable(codec.decode(again))).toEqual(comparable(back));
          }),
          { numRuns: 150 },
        );
      },
    );

    function written(encode: () => unknown, value: unknown, losses: readonly AdaptationLoss[]): unknown {
      try {
        return encode();
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        const isDeclared = losses.some(({ kind }) => kind.endsWith('unwritable')) || under.mayRefuse?.(value) === true;
        if (!isDeclared)
          throw new Error(`refused what was not called unwritable: ${error.detail} at ${String(error.pointer)}`, { cause: error });
        return undefined;
      }
    }

    for (const [fault, document] of Object.entries(under.bad)) {
      it(`refuses a document: ${fault}`, () => {
        expect(() => format.compile(usual).decode(document)).toThrow(FormatError);
        expect(() => format.decode(document, usual)).toThrow(FormatError);
      });
    }

    it.each([
      ['NaN', NaN],
      ['infinity', Infinity],
      ['undefined in an array', [undefined]],
      ['a bigint', 1n],
      ['a function', () => 1],
      ['what is nested endlessly', nested(100_000)],
    ])('refuses to write %s', (_, member) => {
      expect(() => format.compile(usual).encode(under.around(member))).toThrow(FormatError);
    });

    it('lets no document touch prototypes', () => {
      for (const document of under.withPrototype) {
        let value: unknown;
        try {
          value = format.compile(usual).decode(document);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
        expect(({} as Record<string, unknown>).polluted).toBeUndefined();
        if (typeof value === 'object' && value !== null)
          expect([Object.prototype, Array.prototype]).toContain(Object.getPrototypeOf(value));
      }
    });

    it('withstands anything', () => {
      const document = format.carrier === 'json' ? fc.jsonValue() : fc.oneof(fc.string({ unit: 'binary' }), fc.base64String());
      fc.assert(
        fc.property(document, (anything) => {
          try {
            comparable(format.compile(usual).decode(anything));
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
          }
        }),
        { numRuns: 300 },
      );
    });
  });
}

function documentFits(document: unknown, carrier: PayloadFormat['carrier']): boolean {
  if (carrier === 'json') return true;
  return typeof document === 'string' && (carrier === 'text' || /^[A-Za-z0-9_-]*$/.test(document));
}

/** A value as it goes over the exchange. */
function copy(value: unknown): unknown {
  return parseExact(stringifyExact(value));
}

function nested(depth: number): unknown {
  let value: unknown = [];
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

/** Takes out of a value what was declared lost. */
function forgive(value: unknown, losses: readonly AdaptationLoss[], shape: ValueShape): unknown {
  let left = value;
  for (const { kind, pointer } of losses) {
    // What is refused is not lost, what is written has to come back.
    if (kind === 'partly-unwritable') continue;
    if (pointer === undefined || (pointer === '' && !kind.startsWith('unnamed'))) return undefined;
    left = without(left, pointer.split('/').slice(1).map(unescaped), kind.startsWith('unnamed'), shape);
  }
  return left;
}

const unescaped = (token: string): string => token.replaceAll('~1', '/').replaceAll('~0', '~');

function without(value: unknown, path: readonly string[], isUnnamed: boolean, shape: ValueShape): unknown {
  if (typeof value !== 'object' || value === null || isExactNumber(value)) return value;
  const [token, ...rest] = path;
  if (Array.isArray(value)) {
    const items = shape.kind === 'array' ? shape.items : shape;
    return token !== '*' ? value : rest.length === 0 && !isUnnamed ? [] : value.map((item) => without(item, rest, isUnnamed, items));
  }
  const members = shape.kind === 'object' ? shape.members : new Map<string, ValueShape>();
  const entries = Object.entries(value);
  if (token === undefined) return Object.fromEntries(isUnnamed ? entries.filter(([name]) => members.has(name)) : []);
  const kept = rest.length === 0 && !isUnnamed ? entries.filter(([name]) => name !== token) : entries;
  return Object.fromEntries(
    kept.map(([name, member]) => [name, name === token ? without(member, rest, isUnnamed, members.get(name) ?? { kind: 'any' }) : member]),
  );
}

/** Numbers by their digits, and no difference between 0 and -0, which JSON does not keep. */
function comparable(value: unknown): unknown {
  if (isExactNumber(value)) return { exact: value.text };
  if (typeof value === 'number') return value === 0 ? 0 : value;
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, comparable(member)]));
}
