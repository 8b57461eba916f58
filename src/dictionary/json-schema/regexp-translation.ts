/** A pattern, or part of one, that the linear-time engine cannot do, or would do otherwise than ECMA-262. The message says what. */
export class PatternRefused extends Error {
  override readonly name = 'PatternRefused';
}

const SPACES = '\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}\\x{feff}';
const NO_SPACES =
  '\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}' +
  '\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}';
const ANYTHING = '\\x{0}-\\x{10ffff}';
const CONTROLS: Readonly<Record<string, string>> = { t: '\\x{9}', n: '\\x{a}', v: '\\x{b}', f: '\\x{c}', r: '\\x{d}' };
const QUANTIFIER = /\{\d+(?:,\d*)?\}/y;
const CLASS_ESCAPE = /\\[dDsSwWpP]/y;
const CODE_UNIT = /\\u([0-9a-fA-F]{4})/y;
const CODE_POINT = /\\u\{([0-9a-fA-F]{1,6})\}/y;
const HEX = /\\x([0-9a-fA-F]{2})/y;
const CONTROL_LETTER = /\\c([a-zA-Z])/y;
const PROPERTY = /\\([pP])\{(?:(?:Script|sc|General_Category|gc)=)?([A-Za-z_]+)\}/y;
const GROUP_NAME = /\(\?<[^>=!][^>]*>/y;

/**
 * Rewrites an ECMA-262 pattern into the syntax of RE2 with the same meaning. The two agree on most characters, but not on `.`, `\s`, `\uXXXX`, `[^]`,
 * `[` inside a class, named groups, nor on which escapes exist. Throws {@link PatternRefused} for look-around, which RE2 lacks, for
 * backreferences, which need backtracking, and for escapes that only the lenient web syntax knows.
 */
export function toRe2Syntax(pattern: string): string {
  return new Translation(pattern).run();
}

class Translation {
  private at = 0;
  private out = '';

  constructor(private readonly pattern: string) {}

  run(): string {
    while (this.at < this.pattern.length) this.outsideClass(this.pattern.charAt(this.at));
    return this.out;
  }

  private outsideClass(character: string): void {
    if (character === '\\') return this.escape(false);
    if (character === '[') return this.characterClass();
    if (character === '(') return this.group();
    if (character === '.') return this.put('[^\\x{a}\\x{d}\\x{2028}\\x{2029}]', 1);
    if (character === '{') {
      const quantifier = this.match(QUANTIFIER)?.[0];
      return quantifier ? this.put(quantifier, quantifier.length) : this.put('\\{', 1);
    }
    if (character === '}' || character === ']') return this.put(`\\${character}`, 1);
    return this.put(character, 1);
  }

  private group(): void {
    const rest = this.pattern.slice(this.at, this.at + 4);
    if (rest.startsWith('(?=') || rest.startsWith('(?!')) throw new PatternRefused('look-ahead cannot be matched in linear time');
    if (rest.startsWith('(?<=') || rest.startsWith('(?<!')) throw new PatternRefused('look-behind cannot be matched in linear time');
    const named = this.match(GROUP_NAME)?.[0];
    if (named) return this.put('(', named.length);
    if (rest.startsWith('(?') && !rest.startsWith('(?:'))
      throw new PatternRefused(`groups beginning with ${rest.slice(0, 3)} are not supported`);
    return this.put('(', 1);
  }

  private characterClass(): void {
    if (this.pattern.startsWith('[^]', this.at)) return this.put(`[${ANYTHING}]`, 3);
    if (this.pattern.startsWith('[]', this.at)) return this.put(`[^${ANYTHING}]`, 2);
    const negated = this.pattern.charAt(this.at + 1) === '^';
    this.put(negated ? '[^' : '[', negated ? 2 : 1);
    let afterClassEscape = false;
    for (let character = this.pattern.charAt(this.at); character !== ']'; character = this.pattern.charAt(this.at)) {
      const isClassEscape = this.match(CLASS_ESCAPE) !== null;
      if (character === '\\') this.escape(true);
      else if (character === '-' && (afterClassEscape || this.match(CLASS_ESCAPE, 1))) this.put('\\-', 1);
      else if (character === '[') this.put('\\[', 1);
      else this.put(character, 1);
      afterClassEscape = isClassEscape;
    }
    this.put(']', 1);
  }

  private escape(inClass: boolean): void {
    const character = this.pattern.charAt(this.at + 1);
    if ('dDwW'.includes(character)) return this.put(`\\${character}`, 2);
    if (character === 's') return this.put(inClass ? SPACES : `[${SPACES}]`, 2);
    if (character === 'S') return this.put(inClass ? NO_SPACES : `[^${SPACES}]`, 2);
    if (character === 'b' || character === 'B') return this.boundary(character, inClass);
    if (character === 'u') return this.unicodeEscape();
    if (character === 'p' || character === 'P') return this.property();
    const control = CONTROLS[character];
    if (control) return this.put(control, 2);
    const hex = this.match(HEX)?.[1];
    if (hex) return this.put(`\\x{${hex}}`, 4);
    const letter = this.match(CONTROL_LETTER)?.[1];
    if (letter) return this.put(`\\x{${(letter.charCodeAt(0) % 32).toString(16)}}`, 3);
    if (character === '0' && !/\d/.test(this.pattern.charAt(this.at + 2))) return this.put('\\x{0}', 2);
    if (character === 'k' || (/[1-9]/.test(character) && !inClass))
      throw new PatternRefused('backreferences cannot be matched in linear time');
    if (/[a-zA-Z0-9]/.test(character)) throw new PatternRefused(`the escape \\${character} is not one of ECMA-262 with Unicode`);
    const point = this.pattern.codePointAt(this.at + 1) ?? 0;
    return this.put(`\\x{${point.toString(16)}}`, point > 0xffff ? 3 : 2);
  }

  private boundary(character: string, inClass: boolean): void {
    if (!inClass) return this.put(`\\${character}`, 2);
    if (character === 'B') throw new PatternRefused('the escape \\B means nothing inside a class');
    return this.put('\\x{8}', 2);
  }

  private unicodeEscape(): void {
    const point = this.match(CODE_POINT);
    if (point) return this.put(`\\x{${point[1] ?? ''}}`, point[0].length);
    const unit = this.match(CODE_UNIT)?.[1];
    if (!unit) throw new PatternRefused('\\u must be followed by four hexadecimal digits');
    const low = this.match(CODE_UNIT, 6)?.[1];
    const pair = low === undefined ? '' : String.fromCharCode(parseInt(unit, 16), parseInt(low, 16));
    const joined = pair.codePointAt(0) ?? 0;
    if (joined > 0xffff) return this.put(`\\x{${joined.toString(16)}}`, 12);
    return this.put(`\\x{${unit}}`, 6);
  }

  private property(): void {
    const property = this.match(PROPERTY);
    if (!property) throw new PatternRefused('this Unicode property is not supported');
    this.put(`\\${property[1] ?? 'p'}{${property[2] ?? ''}}`, property[0].length);
  }

  private match(expression: RegExp, ahead = 0): RegExpExecArray | null {
    expression.lastIndex = this.at + ahead;
    return expression.exec(this.pattern);
  }

  private put(translated: string, consumed: number): void {
    this.out += translated;
    this.at += consumed;
  }
}
