import { createHash } from 'node:crypto';
import canonicalizeModule from 'canonicalize';
import fc from 'fast-check';
import { canonicalJson, fingerprint } from './canonical-json.js';

const library = canonicalizeModule as unknown as (value: unknown) => string;

describe('canonicalJson', () => {
  it('orders keys by UTF-16 code units, as RFC 8785 section 3.2.3 shows', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    expect(canonicalJson(value)).toBe(
      '{"\\r":"Carriage Return","1":"One","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis",' +
        '"\u20ac":"Euro Sign","\ud83d\ude00":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}',
    );
  });

  it('writes the example of RFC 8785 section 3.2.2', () => {
    const value: unknown = JSON.parse(
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
    );
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it.each([
    [-0, '0'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [1e21, '1e+21'],
    [9.999999999999997e22, '9.999999999999997e+22'],
    [0.000001, '0.000001'],
    [333333333.3333332, '333333333.3333332'],
    [-0.0000033333333333333333, '-0.0000033333333333333333'],
  ])('writes the number %p as ECMAScript does', (number, text) => {
    expect(canonicalJson(number)).toBe(text);
    expect(canonicalJson([{ n: number }])).toBe(`[{"n":${text}}]`);
  });

  it('orders keys that look like array indexes as text', () => {
    expect(canonicalJson({ b: 1, '10': 2, '9': 3, a: { '2': 0, '11': 0 } })).toBe('{"10":2,"9":3,"a":{"11":0,"2":0},"b":1}');
  });

  it('keeps a member called __proto__', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":{"x":1}}'))).toBe('{"__proto__":{"x":1},"b":1}');
  });

  it('leaves out members that are undefined and honours toJSON', () => {
    expect(canonicalJson({ b: undefined, a: new Date(0) })).toBe('{"a":"1970-01-01T00:00:00.000Z"}');
  });

  it.each([NaN, Infinity, undefined, () => 1, 1n])('refuses %p, which is no JSON value', (value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it.each([NaN, -Infinity, () => 1, 1n])('refuses %p inside a value', (value) => {
    expect(() => canonicalJson({ a: [value] })).toThrow(TypeError);
  });

  it('writes what the library writes, whatever the value', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => canonicalJson(value) === library(value)));
  });
});

describe('fingerprint', () => {
  it('is the SHA-256 of the canonical form', () => {
    expect(fingerprint({ b: 1, a: [] })).toEqual(createHash('sha256').update('{"a":[],"b":1}').digest());
  });

  it('is equal for two writings of one value and differs for another', () => {
    expect(fingerprint(JSON.parse('{"a":1.0,"b":"\\u0041"}'))).toEqual(fingerprint(JSON.parse('{"b":"A","a":1e0}')));
    expect(fingerprint({ a: '1' })).not.toEqual(fingerprint({ a: 1 }));
  });
});
