import fc from 'fast-check';
import { compileLinearPattern } from './linear-pattern.js';
import { PatternRefused } from './regexp-translation.js';

const matches = (pattern: string, text: string) => compileLinearPattern(pattern).test(text);

describe('compileLinearPattern', () => {
  it.each([
    ['^[\\w\\-\\.\\{\\}\\$\\+\\*\\[\\]`|~^@!,:\\\\]+$', ['a-b', 'x[1]\\', 'é', '']],
    ['^--((0[13578]|1[02])-31|(0[1,3-9]|1[0-2])-30|(0\\d|1[0-2])-([0-2]\\d))$', ['--02-28', '--02-30', '--12-31']],
    ['^.$', ['a', '\n', '\r', '\u2028', '😀', 'ab']],
    ['^\\s$', [' ', '\t', '\v', '\u00a0', '\u2003', '\ufeff', '\u180e', 'a']],
    ['^[^\\s]$', [' ', '\u3000', 'x']],
    ['^[\\S]$', [' ', '\u3000', 'x', '😀']],
    ['^\\S+$', ['ab', 'a\u00a0b']],
    ['^[\\w-.]$', ['-', '.', 'a', '!']],
    ['^[.-\\d]$', ['-', '.', '5', '/']],
    ['[^]', ['', '\n']],
    ['[]', ['', 'a']],
    ['^[[:alpha:]]$', [':]', 'a]', 'b]', 'a']],
    ['^\\u00e9\\ud83d\\ude00$', ['é😀', 'é']],
    ['^\\u{1f600}$', ['😀', 'u']],
    ['^[\\u{1f600}-\\u{1f64f}]$', ['😃', '🚀']],
    ['^\\x41\\cJ\\0$', ['A\n\0', 'A']],
    ['[\\b]', ['\b', 'b']],
    ['\\bfoo\\B', ['foo', 'fool', ' fools']],
    ['^(?<year>\\d{4})-(?:a|b)$', ['2024-a', '2024-c']],
    ['^\\p{Lu}\\P{L}\\p{Script=Greek}$', ['A1α', 'a1α', 'A1a']],
    ['^a{2,3}b{2}c{1,}$', ['aabbc', 'abbc']],
    ['^a{,2}$', ['a{,2}', 'aa']],
    ['^x{a}]$', ['x{a}]', 'x']],
    ['a$', ['a', 'a\n']],
    ['^\\/\\-\\_\\@$', ['/-_@', '/']],
    ['\\$\\{', ['${', '$']],
    // Durations of ISO 8601, as many published models write them.
    [
      '^(-?)P(?=\\d|T\\d)(?:(\\d+)Y)?(?:(\\d+)M)?(?:(\\d+)([DW]))?(?:T(?:(\\d+)H)?(?:(\\d+)M)?(?:(\\d+(?:\\.\\d+)?)S)?)?$',
      ['P1Y2M', '-PT1.5S', 'P', 'PT', 'P1DT', 'PT1H30M', 'xP1D'],
    ],
    ['^(?=.*[A-Z])(?=.*\\d).{4,}$', ['abcD1', 'abcd1', 'aD1']],
    ['^(?!urn:)(?:(?!--).)*$', ['a-b', 'a--b', 'urn:a', '']],
    ['(?<=a)b(?!c)', ['ab', 'abc', 'b', 'xab!']],
    ['(?<![-\\d])\\d{2}(?=(?:\\s|$))', ['12', '-12', '312', 'a12 b']],
    ['^(?=[\\ud83d\\ude00-\\ud83d\\ude4f](?=\\ud83d)|b).', ['😀', 'b', '😃😀']],
    ['^(?:a|(?=b)){0,3}b$', ['aab', 'b', 'ab', 'aaaab']],
  ])('matches %p as ECMA-262 does', (pattern, texts) => {
    const native = (() => {
      try {
        return new RegExp(pattern, 'u');
      } catch {
        return new RegExp(pattern);
      }
    })();
    expect(texts.map((text) => [text, matches(pattern, text)])).toEqual(texts.map((text) => [text, native.test(text)]));
  });

  it.each([
    ['(a)\\1', /backreference/],
    ['(?<n>a)\\k<n>', /backreference/],
    ['(?=(a)\\1)', /backreference/],
    ['(?!a)(?i:b)', /group|not a regular expression/],
    ['(?=a{1001})', /repetitions/],
    ['(?:(?:){999999999}){999999999}(?=a)', /repetitions/],
    ['(?<=\\A)b', /\\A/],
    ['(', /not a regular expression/],
    ['[z-a]', /not a regular expression/],
    ['\\A\\w\\z', /\\A/],
    ['\\Qa\\E', /\\Q/],
    ['\\u12', /hexadecimal/],
    ['\\p{Script_Extensions=Greek}', /property/],
    ['a{1001}', /linear-time engine/],
    ['((a{50}){50}){50}', /./],
    ['(?:[a-z]{1,99}x){9}(?:[a-z]{1,99}y){9}', /repetitions/],
    ['a'.repeat(2001), /longer/],
  ])('refuses %p and says why', (pattern, reason) => {
    expect(() => compileLinearPattern(pattern)).toThrow(PatternRefused);
    expect(() => compileLinearPattern(pattern)).toThrow(reason);
  });

  it.each(['^(?=(a+)+$)(?!b)', '^(?:(?=a*!$)a)+$', '^(a+)+$', '^(a|a)*$', '(a*)*b', '^(.*a){20}$', 'a.*b.*c.*d$'])(
    'answers %p on a long hostile text',
    (pattern) => {
      const text = `${'a'.repeat(100_000)}!`;
      expect(matches(pattern, text)).toBe(false);
    },
  );

  it('agrees with the native engine on any pattern with look-around', () => {
    const piece = fc.constantFrom('a', 'b', '.', '\\d', '[^a]', '(?:a|b)', 'a*', 'b+', '(?:ab)?', 'c{1,2}', '^', '$', '\\b');
    const plain = fc.array(piece, { maxLength: 3 }).map((parts) => parts.join(''));
    const look = fc.tuple(fc.constantFrom('(?=', '(?!', '(?<=', '(?<!'), plain, plain).map(([sign, a, b]) => `${sign}${a}|${b})`);
    const nested = fc
      .tuple(fc.constantFrom('(?=', '(?<!', '(?:'), plain, look, plain)
      .map(([sign, a, inner, b]) => `${sign}${a}${inner}${b})`);
    const pattern = fc.array(fc.oneof(plain, look, nested, nested.map((part) => (part.startsWith('(?:') ? `${part}*` : part))), { minLength: 1, maxLength: 4 }); // prettier-ignore
    const text = fc.array(fc.constantFrom('a', 'b', 'c', '1', ' ', 'é', '\n'), { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(pattern, text, (parts, input) => {
        const source = `${parts.join('')}(?=)`;
        expect([source, matches(source, input)]).toEqual([source, new RegExp(source, 'u').test(input)]);
      }),
      { numRuns: 3000 },
    );
  });

  it('agrees with the native engine on any pattern both know', () => {
    const atom = fc.constantFrom('a', 'b', '.', '\\s', '\\S', '\\d', '\\w', '\\W', '[ab]', '[^a]', '[a-c\\s]', '[^\\S]', '[-\\d]', '\\u0061', '\\x62', '\\.', '\\/', '^', '$', '\\b', '[\\]\\-]', '[^\\W_]'); // prettier-ignore
    const pattern = fc
      .array(fc.tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}', '*?')), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.map(([piece, quantifier]) => (/^(\^|\$|\\b)$/.test(piece) ? piece : piece + quantifier)).join(''));
    const alternatives = fc.array(pattern, { minLength: 1, maxLength: 3 }).map((parts) => parts.map((part) => `(?:${part})`).join('|'));
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', '1', ' ', '\n', '\u00a0', '-', ']', '.', '/', '😀', 'é', '_'), { maxLength: 6 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(alternatives, text, (source, input) => {
        expect(matches(source, input)).toBe(new RegExp(source, 'u').test(input));
      }),
      { numRuns: 2000 },
    );
  });
});
