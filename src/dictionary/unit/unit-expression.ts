import { type Atom, findAtom } from './ucum-atoms.js';
import { UnitRefused } from './unit-refused.js';

/** Longest text read as a unit, in characters. */
export const MAX_UNIT_LENGTH = 128;
const MAX_PARENTHESES = 8;
const MAX_EXPONENT = 99;
const MAX_FACTOR_DIGITS = 15;
const ANNOTATION = /\{([!-z|~]{1,64})\}/y;
const SYMBOL = /(?:\[[^[\]]{1,30}\]|[^./(){}[\]])+/y;
const EXPONENT = /^(.+?)([+-]?\d{1,2})$/;
const FACTOR = /^\d+$/;

/** One part of a product: a symbol or a whole number, to a power, with what is annotated to it. */
export interface UnitPart {
  /** Undefined: the number one, to carry an annotation. */
  readonly atom?: Atom;
  readonly factor?: number;
  readonly exponent: number;
  readonly annotation?: string;
}

/**
 * Reads a UCUM expression, case-sensitive: `term := [/] component { (. | /) component }`, `component := symbol[exponent][{annotation}] | factor |
 * {annotation} | (term)`. An own reader rather than the library's, which guesses what was meant, forgets annotations and may take long.
 * Linear in the text, which is bounded. Throws {@link UnitRefused}.
 */
export function readExpression(text: string): readonly UnitPart[] {
  if (text === '') throw new UnitRefused('a unit must not be empty; without dimension it is 1');
  if (text.length > MAX_UNIT_LENGTH) throw new UnitRefused(`a unit has at most ${MAX_UNIT_LENGTH} characters`);
  return new Reader(text).run();
}

class Reader {
  private at = 0;
  private readonly parts: UnitPart[] = [];

  constructor(private readonly text: string) {}

  run(): readonly UnitPart[] {
    this.term(1, 0);
    if (this.at < this.text.length) throw this.refusal();
    return this.parts;
  }

  private term(sign: number, depth: number): void {
    if (depth > MAX_PARENTHESES) throw new UnitRefused(`parentheses are nested deeper than ${MAX_PARENTHESES}`);
    let direction = sign;
    if (this.take('/')) direction = -sign;
    for (;;) {
      this.component(direction, depth);
      if (this.take('.')) direction = sign;
      else if (this.take('/')) direction = -sign;
      else return;
    }
  }

  private component(sign: number, depth: number): void {
    if (this.take('(')) {
      this.term(sign, depth + 1);
      if (!this.take(')')) throw this.refusal('a closing parenthesis is missing');
      return;
    }
    const alone = this.annotation();
    if (alone !== undefined) {
      this.parts.push({ exponent: sign, annotation: alone });
      return;
    }
    const symbol = this.match(SYMBOL)?.[0];
    if (symbol === undefined) throw this.refusal();
    this.at += symbol.length;
    if (FACTOR.test(symbol)) this.parts.push({ factor: factorOf(symbol), exponent: sign, annotation: this.annotation() });
    else this.parts.push({ ...powerOf(symbol, sign), annotation: this.annotation() });
  }

  private annotation(): string | undefined {
    const found = this.match(ANNOTATION);
    if (!found) return undefined;
    this.at += found[0].length;
    return found[1];
  }

  private match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at;
    return expression.exec(this.text);
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private refusal(why = 'a unit symbol, a whole number or an annotation of visible ASCII characters in braces belongs there'): UnitRefused {
    return new UnitRefused(`${JSON.stringify(this.text)} is not UCUM: at character ${this.at + 1}, ${why}`);
  }
}

function factorOf(digits: string): number {
  const factor = Number(digits);
  if (digits.length > MAX_FACTOR_DIGITS || factor === 0)
    throw new UnitRefused(`a factor is a whole number of 1 to ${MAX_FACTOR_DIGITS} digits, not zero`);
  return factor;
}

function powerOf(symbol: string, sign: number): { atom: Atom; exponent: number } {
  const whole = findAtom(symbol);
  if (whole) return { atom: whole, exponent: sign };
  const [, base = '', exponent = ''] = EXPONENT.exec(symbol) ?? [];
  const atom = base === '' ? undefined : findAtom(base);
  if (!atom) throw new UnitRefused(`${JSON.stringify(symbol)} is not a unit of UCUM`);
  const power = Number(exponent);
  if (power === 0 || Math.abs(power) > MAX_EXPONENT) throw new UnitRefused(`the exponent of ${JSON.stringify(base)} must not be zero`);
  return { atom, exponent: sign * power };
}
