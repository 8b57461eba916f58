import fc from 'fast-check';
import { findJsonTextProblem } from './json-text-problem.js';
import { decodeUtf8, jsonArrayElements, JsonTextError, parseJsonText, type JsonTextOptions } from './json-text.js';

const problemOf = (text: string, options?: JsonTextOptions): Pick<JsonTextError, 'code' | 'pointer' | 'offset'> | undefined => {
  try {
    parseJsonText(text, options);
    return undefined;
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
    return { code: error.code, pointer: error.pointer, offset: error.offset };
  }
};

const codeOf = (text: string, options?: JsonTextOptions) => problemOf(text, options)?.code;

const ESCAPED_NUL = '\\u0000';

describe('parseJsonText', () => {
  it('gives the value JSON.parse gives', () => {
    const text = ' { "a" : [ 1 , -2.5e3 , true , null , "x\\n\\u0041" ] , "" : { } } ';
    expect(parseJsonText(text).value).toEqual(JSON.parse(text));
  });

  it('keeps __proto__ as an own member and pollutes nothing', () => {
    const { value } = parseJsonText('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');
    expect(Object.keys(value as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  it.each([
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    "{'a':1}",
    '01',
    '1.',
    '.5',
    '+1',
    '-',
    '1e',
    'nul',
    'truex',
    '"a',
    '"\\x"',
    '"\\u12g4"',
    '"\t"',
    '[1 2]',
    '{"a" 1}',
    '{"a":1 "b":2}',
    '1 2',
    ']',
    '[}',
    '{"a"}',
    '\ufeff1',
    'NaN',
    '[1]]',
    '/**/1',
  ])('refuses %p as malformed', (text) => {
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
    expect(codeOf(text)).toBe('malformed');
  });

  it('names the place of a fault', () => {
    expect(problemOf('{"a/b":{"c~d":[0,1,tru]}}')).toEqual({ code: 'malformed', pointer: '/a~1b/c~0d/2', offset: 19 });
    expect(problemOf('[1,2')).toEqual({ code: 'malformed', pointer: '/1', offset: 4 });
  });

  it('refuses a key that comes twice in one object, however it is escaped', () => {
    expect(problemOf('{"x":[{"a":1,"\\u0061":2}]}')).toEqual({ code: 'duplicate-key', pointer: '/x/0/a', offset: 13 });
    expect(codeOf('{"a":1,"a":1}')).toBe('duplicate-key');
    expect(codeOf('{"__proto__":1,"__proto__":2}')).toBe('duplicate-key');
    expect(codeOf('{"1":1,"1":2}')).toBe('duplicate-key');
    expect(codeOf('{"a":{"a":1},"b":{"a":2}}')).toBeUndefined();
    expect(codeOf('{"a":":","b":"a\\":"}')).toBeUndefined();
  });

  it('accepts nesting up to the limit and refuses one more', () => {
    expect(codeOf(`${'['.repeat(64)}${']'.repeat(64)}`)).toBeUndefined();
    expect(problemOf(`${'[0,'.repeat(64)}{}${']'.repeat(64)}`)).toEqual({ code: 'too-deep', pointer: '/1'.repeat(64), offset: 192 });
    expect(codeOf('{"a":[]}', { maxDepth: 1 })).toBe('too-deep');
  });

  it('refuses bottomless nesting without overflowing the stack', () => {
    expect(codeOf('['.repeat(1_000_000))).toBe('too-deep');
    expect(codeOf('{"a":'.repeat(200_000))).toBe('too-deep');
  });

  it('finds a fault behind a string of a megabyte', () => {
    expect(problemOf(`["${'x'.repeat(1_000_000)}",]`)?.offset).toBe(1_000_004);
    expect(problemOf(`["${'\\\\'.repeat(500_000)}",]`)?.offset).toBe(1_000_004);
  });

  it.each([
    '"\\ud800"',
    '"\\udc00"',
    '"\\ud83d\\u0041"',
    '"\\ud83d\\ud83d"',
    '"\\ud83dx"',
    '{"\\ude00":1}',
    '"\\ud83d\\\\ude00"',
    '"\ud800"',
    '"\ud83d\\ude00"',
  ])('refuses half a surrogate pair in %p', (text) => {
    expect(codeOf(text)).toBe('lone-surrogate');
  });

  it.each(['"\\ud83d\\ude00"', '"\\uD83D\\uDE00"', '"\ud83d\ude00"', '"\\\\ud800"'])('accepts %p', (text) => {
    expect(parseJsonText(text).value).toBe(JSON.parse(text));
  });

  it('refuses U+0000 only when asked to, and never beneath a span', () => {
    const options: JsonTextOptions = { refuseNul: true, spans: [['data', 'payload']] };
    expect(codeOf(`"${ESCAPED_NUL}"`)).toBeUndefined();
    expect(problemOf(`{"a":["${ESCAPED_NUL}"]}`, options)).toEqual({ code: 'nul-character', pointer: '/a/0', offset: 7 });
    expect(codeOf(`{"${ESCAPED_NUL}":1}`, options)).toBe('nul-character');
    expect(codeOf(`{"a":"\\\\u0000"}`, options)).toBeUndefined();
    expect(codeOf(`{"data":{"payload":{"${ESCAPED_NUL}":["${ESCAPED_NUL}"]}}}`, options)).toBeUndefined();
    expect(codeOf(`{"data":{"payload":"${ESCAPED_NUL}"}}`, options)).toBeUndefined();
    expect(codeOf(`{"data":{"payload":1,"b":"${ESCAPED_NUL}"}}`, options)).toBe('nul-character');
    expect(codeOf(`{"data":[{"payload":"${ESCAPED_NUL}"}]}`, options)).toBe('nul-character');
    expect(codeOf(`[{"data":{"payload":"${ESCAPED_NUL}"}}]`, options)).toBe('nul-character');
  });
});

describe('spans', () => {
  const spansOf = (text: string, ...spans: string[][]) =>
    parseJsonText(text, { spans }).spans.map((span) => span && text.slice(span.start, span.end));

  it('are the values as written, digits and all', () => {
    const text = '{"id":1, "data" : { "payload" :\n { "n": 1.00000000000000000001e2, "s":"a,}\\"" }\t, "x":[{"payload":0}]} }';
    expect(spansOf(text, ['data', 'payload'], ['id'], ['data', 'x'])).toEqual([
      '{ "n": 1.00000000000000000001e2, "s":"a,}\\"" }',
      '1',
      '[{"payload":0}]',
    ]);
  });

  it('may lie in one another', () => {
    expect(spansOf('{"a":{"b":{"c":[]}}}', ['a'], ['a', 'b', 'c'], ['a', 'b'])).toEqual(['{"b":{"c":[]}}', '[]', '{"c":[]}']);
  });

  it('are undefined for a path the text does not have', () => {
    expect(spansOf('{"a":[{"b":1}],"c":{"a":{"b":2}}}', ['a', 'b'], ['b'], ['__proto__'])).toEqual([undefined, undefined, undefined]);
    expect(spansOf('[1]', ['0'])).toEqual([undefined]);
    expect(spansOf('1', ['a'])).toEqual([undefined]);
  });

  it('are found by keys written with escapes', () => {
    expect(spansOf('{"\\u0061":"\\"", "b\\"":2 }', ['a'], ['b"'])).toEqual(['"\\""', '2']);
  });

  it('cannot be asked for with an empty path', () => {
    expect(() => parseJsonText('1', { spans: [[]] })).toThrow(RangeError);
  });
});

describe('any text', () => {
  const whitespace = fc.stringMatching(/^[ \t\n\r]{0,2}$/);
  const spaced = (value: unknown): fc.Arbitrary<string> =>
    whitespace.map((space) => JSON.stringify(value, null, 1).replaceAll('\n', `\n${space}`));
  const json = fc.jsonValue({ maxDepth: 5 }).filter((value) => !/\\ud[89a-f]/.test(JSON.stringify(value)));
  const text = json.chain(spaced);

  it('that JSON.stringify writes is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(text, (written) => {
        expect(parseJsonText(written).value).toEqual(JSON.parse(written));
        expect(findJsonTextProblem(written, { maxDepth: 64, refuseNul: false, nulAllowedBeneath: [] })).toBeUndefined();
      }),
    );
  });

  it('has for every top-level key a span that parses to the member', () => {
    fc.assert(
      fc.property(
        fc
          .dictionary(fc.string(), json)
          .chain((value) => spaced(value).map((written) => ({ written, value: JSON.parse(written) as Record<string, unknown> }))),
        ({ written, value }) => {
          const keys = Object.keys(value);
          const { spans } = parseJsonText(written, { spans: keys.map((key) => [key]) });
          expect(spans.map((span) => span && (JSON.parse(written.slice(span.start, span.end)) as unknown))).toEqual(
            keys.map((key) => value[key]),
          );
        },
      ),
    );
  });

  it('that is damaged is refused with a JsonTextError or read as JSON.parse reads it', () => {
    const damage = fc.record({
      at: fc.nat(),
      cut: fc.nat({ max: 3 }),
      put: fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '\\', '0', 'e', '-', ' ', '\u0000', 'tru', '"a":', '\\u00', '\\ud800'),
    });
    fc.assert(
      fc.property(text, fc.array(damage, { minLength: 1, maxLength: 3 }), (written, damages) => {
        let broken = written;
        for (const { at, cut, put } of damages) {
          const from = at % (broken.length + 1);
          broken = broken.slice(0, from) + put + broken.slice(from + cut);
        }
        const code = codeOf(broken);
        const isJson = (() => {
          try {
            JSON.parse(broken);
            return true;
          } catch {
            return false;
          }
        })();
        // The first problem is reported, so that a text both duplicate and malformed may be called either; but JSON is never called malformed.
        if (isJson) expect(['duplicate-key', 'lone-surrogate', undefined]).toContain(code);
        else expect(code).toBeDefined();
        const slow = findJsonTextProblem(broken, { maxDepth: 64, refuseNul: false, nulAllowedBeneath: [] });
        expect(slow?.code).toBe(code);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('decodeUtf8', () => {
  it('decodes UTF-8, also from the middle of a larger buffer', () => {
    const bytes = new TextEncoder().encode('xx"é😀"yy');
    expect(decodeUtf8(bytes.subarray(2, -2))).toBe('"é😀"');
  });

  it.each([[[0xff]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0xe2, 0x82]], [[0xf5, 0x80, 0x80, 0x80]]])(
    'refuses the invalid bytes %p',
    (bytes) => {
      expect(() => decodeUtf8(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 'malformed' }) as Error);
    },
  );

  it('refuses a byte order mark by name', () => {
    expect(() => decodeUtf8(Uint8Array.from([0xef, 0xbb, 0xbf, 0x31]))).toThrow(/byte order mark/);
  });
});

describe('jsonArrayElements', () => {
  const elementsOf = (text: string, limit?: number) =>
    jsonArrayElements(text, limit).elements.map(({ start, end }) => text.slice(start, end));

  it('gives each element as written', () => {
    expect(elementsOf(' [ {"a":[1,2]} ,"],\\"[" , [ ] ,1.0] ')).toEqual(['{"a":[1,2]}', '"],\\"["', '[ ]', '1.0']);
    expect(elementsOf('[]')).toEqual([]);
    expect(elementsOf(' [ ] ')).toEqual([]);
  });

  it('separates a faulty element from the sound ones', () => {
    expect(elementsOf('[{"a":1},{"a" 1},3]')).toEqual(['{"a":1}', '{"a" 1}', '3']);
  });

  it('stops at the limit and says so', () => {
    expect(jsonArrayElements('[1,2,3]', 3).truncated).toBe(false);
    expect(jsonArrayElements('[1,2,3,4,', 3)).toEqual({
      elements: [expect.anything(), expect.anything(), expect.anything()],
      truncated: true,
    });
  });

  it.each(['', '{}', '1', '[', '[1', '[1,', '[1,]', '[,1]', '[,]', '[1}', '[1]2', '["a]', '[{]'])('refuses %p', (text) => {
    expect(() => jsonArrayElements(text)).toThrow(expect.objectContaining({ code: 'malformed' }) as Error);
  });

  it('agrees with JSON.parse on any array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.constantFrom(0, 1), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(elementsOf(text).map((element) => JSON.parse(element) as unknown)).toEqual(JSON.parse(text));
      }),
    );
  });
});
