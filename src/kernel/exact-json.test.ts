import fc from 'fast-check';
import { ExactNumber, hasInexactNumber, isExactNumber, numberOf, parseExact, stringifyExact } from './exact-json.js';

describe('exact JSON', () => {
  it.each([
    '12345678901234567890',
    '9007199254740993',
    '-9007199254740993',
    '12345678901234567890.10',
    '0.1234567890123456789',
    '1e400',
    '123456e305',
    '1.5e-320',
    '-1E+999',
    '1234567890123456789e-3',
  ])('keeps the digits of %s wherever it stands', (number) => {
    for (const text of [number, `[${number}]`, `{"a":{"b":[1,${number},"x"]}}`]) {
      expect(hasInexactNumber(text)).toBe(true);
      expect(stringifyExact(parseExact(text))).toBe(text);
    }
  });

  it.each([
    '1',
    '-0.5',
    '40.41583740000001',
    '9007199254740991',
    '12345678901234567000',
    '1.234567890123456e10',
    '1e22',
    '0.1',
    '1e-7',
    '123456789012345e-280',
  ])('reads %s natively, a double holds it', (number) => {
    expect(hasInexactNumber(`[${number}]`)).toBe(false);
    expect(parseExact(`[${number}]`)).toEqual([Number(number)]);
  });

  it('does not take digits in strings for numbers', () => {
    for (const string of ['urn:uuid:0e400000-0000-4000-8000-123456789012', '12345678901234567890', '1e999'])
      expect(hasInexactNumber(JSON.stringify({ string }))).toBe(false);
  });

  it('boxes only the numbers that need it', () => {
    const value = parseExact('{"a":1.5,"b":12345678901234567890}') as Record<string, unknown>;
    expect(value.a).toBe(1.5);
    expect(isExactNumber(value.b)).toBe(true);
    expect(numberOf(value.b)).toBe(12345678901234567890);
    expect(numberOf(value.a)).toBe(1.5);
    expect(numberOf('1')).toBeUndefined();
    expect(JSON.stringify(value.b)).toBe('12345678901234567000');
    expect(String(new ExactNumber('1.10'))).toBe('1.10');
  });

  it('keeps __proto__ a member on the slow path too', () => {
    const text = '{"__proto__":{"polluted":12345678901234567890}}';
    const value = parseExact(text) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(stringifyExact(value)).toBe(text);
  });

  it('is linear in a text of digits', () => {
    expect(hasInexactNumber(`"${'1'.repeat(1_000_000)}"`)).toBe(false);
    expect(hasInexactNumber(`"${'1e'.repeat(500_000)}"`)).toBe(false);
  });

  it('gives what the native parser and serializer give, but for numbers beyond a double', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(stringifyExact(parseExact(text)))).toEqual(JSON.parse(text));
      }),
    );
    fc.assert(
      fc.property(fc.bigInt(), fc.stringMatching(/^[0-9]{1,30}[1-9]$/), (whole, fraction) => {
        const text = `{"n":${whole}.${fraction}}`;
        const back = stringifyExact(parseExact(text));
        expect(back === text || Number(back.slice(5, -1)) === Number(`${whole}.${fraction}`)).toBe(true);
        if (String(whole).length + fraction.length > 18 && whole !== 0n) expect(back).toBe(text);
      }),
    );
  });

  it('refuses what JSON does not know', () => {
    expect(() => stringifyExact(undefined)).toThrow(TypeError);
    expect(() => parseExact('[12345678901234567890')).toThrow();
    expect(() => parseExact('')).toThrow();
  });
});
