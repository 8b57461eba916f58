import { PatternRefused } from './regexp-translation.js';

/** What a pattern with look-around is made of. */
export type PatternNode =
  | { readonly kind: 'character'; readonly source: string }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly part: PatternNode; readonly min: number; readonly max: number }
  | { readonly kind: 'look'; readonly part: PatternNode; readonly behind: boolean; readonly negative: boolean }
  | { readonly kind: 'anchor'; readonly sign: '^' | '$' | 'b' | 'B' };

const CHARACTER_CLASS = /\[(?:\\[^]|[^\]\\])*\]/y;
const ESCAPE =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|c[a-zA-Z]|[pP]\{[^}]*\}|[^])/uy;
const GROUP = /\((?:\?(?:([=!])|<([=!])|:|<[^>]*>))?/y;
const QUANTIFIER = /(?:([*+?])|\{(\d+)(,)?(\d*)\})\??/y;
const ANY = /[^]/uy;

/**
 * Reads a valid ECMA-262 pattern for {@link compileLookAround}. A character is left as it is written: whoever compiles it knows how to read one.
 * @throws PatternRefused for a backreference
 */
export function readPattern(pattern: string): PatternNode {
  return new Reader(pattern).choice();
}

class Reader {
  private at = 0;

  constructor(private readonly pattern: string) {}

  choice(): PatternNode {
    const parts = [this.sequence()];
    while (this.pattern[this.at] === '|') {
      this.at += 1;
      parts.push(this.sequence());
    }
    return parts.length === 1 && parts[0] ? parts[0] : { kind: 'choice', parts };
  }

  private sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.at < this.pattern.length && this.pattern[this.at] !== '|' && this.pattern[this.at] !== ')') parts.push(this.term());
    return { kind: 'sequence', parts };
  }

  private term(): PatternNode {
    const part = this.atom();
    const quantifier = this.match(QUANTIFIER);
    if (!quantifier) return part;
    const [, sign, least, comma, most] = quantifier;
    if (sign !== undefined) return { kind: 'repeat', part, min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Infinity };
    const min = Number(least);
    return { kind: 'repeat', part, min, max: comma === undefined ? min : most === '' ? Infinity : Number(most) };
  }

  private atom(): PatternNode {
    const character = this.pattern[this.at];
    if (character === '(') return this.group();
    if (character === '^' || character === '$') {
      this.at += 1;
      return { kind: 'anchor', sign: character };
    }
    const source = this.match(character === '[' ? CHARACTER_CLASS : character === '\\' ? ESCAPE : ANY)?.[0] ?? '';
    if (source === '\\b' || source === '\\B') return { kind: 'anchor', sign: source === '\\b' ? 'b' : 'B' };
    if (/^\\(?:[1-9]|k)/.test(source)) throw new PatternRefused('a backreference cannot be matched in linear time');
    if (/^[*+?)]?$/.test(source)) throw new PatternRefused('this kind of group is not supported');
    return { kind: 'character', source };
  }

  private group(): PatternNode {
    const [, ahead, behind] = this.match(GROUP) ?? [];
    const part = this.choice();
    this.at += 1;
    const sign = ahead ?? behind;
    return sign === undefined ? part : { kind: 'look', part, behind: behind !== undefined, negative: sign === '!' };
  }

  private match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at;
    const found = expression.exec(this.pattern);
    if (found) this.at = expression.lastIndex;
    return found;
  }
}
