import { JsonPathRefused } from './json-path-condition.js';

const MAX_PATTERN = 256;
const MAX_REPEAT = 64;
/** Signs that mean something in PostgreSQL's regular expressions, escaped by a backslash. */
const SPECIAL = /[\\^$.[\]|()?*+{}]/u;

/**
 * An I-Regexp (RFC 9485) as a PostgreSQL regular expression. Groups may hold alternatives and may not be repeated, and there are no character
 * properties: what is left is matched in linear time by an automaton of bounded size.
 */
class Translation {
  private at = 0;
  private readonly signs: readonly string[];

  constructor(pattern: string) {
    this.signs = Array.from(pattern);
    if (this.signs.length > MAX_PATTERN) throw new JsonPathRefused(`a pattern has at most ${MAX_PATTERN} characters`);
  }

  run(): string {
    const result = this.alternatives();
    if (this.at < this.signs.length) throw new JsonPathRefused(`the pattern has an unmatched ${this.signs[this.at] ?? ''}`);
    return result;
  }

  private get next(): string | undefined {
    return this.signs[this.at];
  }

  private take(): string {
    const sign = this.signs[this.at];
    if (sign === undefined) throw new JsonPathRefused('the pattern ends too early');
    this.at += 1;
    return sign;
  }

  private alternatives(): string {
    const branches = [this.branch()];
    while (this.next === '|') {
      this.at += 1;
      branches.push(this.branch());
    }
    return branches.join('|');
  }

  private branch(): string {
    let result = '';
    while (this.next !== undefined && this.next !== '|' && this.next !== ')') {
      const isGroup = this.next === '(';
      result += this.atom();
      const repeat = this.quantifier();
      if (repeat !== '' && isGroup)
        throw new JsonPathRefused('a pattern in which a group is repeated could take forever: repeat single characters');
      result += repeat;
    }
    return result === '' ? '(?:)' : result;
  }

  private atom(): string {
    const sign = this.take();
    if (sign === '(') {
      const inner = this.alternatives();
      if (this.take() !== ')') throw new JsonPathRefused('the pattern has an unmatched (');
      return `(?:${inner})`;
    }
    if (sign === '.') return '[^\\n\\r]';
    if (sign === '[') return this.characterClass();
    if (sign === '\\') return this.escaped();
    if (SPECIAL.test(sign)) throw new JsonPathRefused(`the pattern has a ${sign} that must be escaped`);
    return sign;
  }

  private escaped(): string {
    const sign = this.take();
    if (sign === 'n' || sign === 'r' || sign === 't') return `\\${sign}`;
    if (sign === '-') return '-';
    if (SPECIAL.test(sign)) return `\\${sign}`;
    throw new JsonPathRefused(`patterns with \\${sign} are not supported`);
  }

  private characterClass(): string {
    let result = '[';
    if (this.next === '^') result += this.take();
    let isEmpty = true;
    if (this.next === '-') {
      this.at += 1;
      result += '\\-';
      isEmpty = false;
    }
    while (this.next !== ']') {
      const first = this.classSign();
      isEmpty = false;
      if (this.next === '-' && this.signs[this.at + 1] !== ']') {
        this.at += 1;
        const last = this.classSign();
        if (first.sign > last.sign) throw new JsonPathRefused('the pattern has a range that runs backwards');
        result += `${first.text}-${last.text}`;
      } else if (this.next === '-') {
        this.at += 1;
        result += `${first.text}\\-`;
      } else result += first.text;
    }
    this.at += 1;
    if (isEmpty) throw new JsonPathRefused('the pattern has an empty class');
    return `${result}]`;
  }

  private classSign(): { sign: string; text: string } {
    const sign = this.take();
    if (sign === '\\') {
      const text = this.escaped();
      return { sign: text.length > 1 ? (ESCAPES[text] ?? text.slice(1)) : text, text: text === '-' ? '\\-' : text };
    }
    if (sign === '[' || sign === '-') throw new JsonPathRefused(`the pattern has a ${sign} in a class that must be escaped`);
    return { sign, text: SPECIAL.test(sign) ? `\\${sign}` : sign };
  }

  private quantifier(): string {
    const sign = this.next;
    if (sign === '*' || sign === '+' || sign === '?') {
      this.at += 1;
      return sign;
    }
    if (sign !== '{') return '';
    const end = this.signs.indexOf('}', this.at);
    const text = this.signs.slice(this.at, end + 1).join('');
    const counts = /^\{(\d{1,3})(,(\d{0,3}))?\}$/.exec(text);
    if (end < 0 || counts === null) throw new JsonPathRefused('the pattern has a { that starts no repetition');
    const [from, to] = [Number(counts[1]), Number(counts[3] === undefined || counts[3] === '' ? counts[1] : counts[3])];
    if (from > to || to > MAX_REPEAT)
      throw new JsonPathRefused(`a repetition in a pattern has counts of at most ${MAX_REPEAT}, the smaller first`);
    this.at = end + 1;
    return text;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', '\\t': '\t' };

/**
 * @param whole whether the whole text must match (`match`), rather than a part of it (`search`)
 * @throws JsonPathRefused
 */
export function toSqlPattern(pattern: string, whole: boolean): string {
  const body = new Translation(pattern).run();
  return whole ? `^(?:${body})$` : `(?:${body})`;
}
