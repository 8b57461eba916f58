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
    ['(?=a)', /look-ahead/],
    ['a(?!b)', /look-ahead/],
    ['(?<=a)b', /look-behind/],
    ['(?<!a)b', /look-behind/],
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

  it.each(['^(a+)+$', '^(a|a)*$', '(a*)*b', '^(.*a){20}$', 'a.*b.*c.*d$'])('answers %p on a long hostile text', (pattern) => {
    const text = `${'a'.repeat(100_000)}!`;
    expect(matches(pattern, text)).toBe(false);
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
