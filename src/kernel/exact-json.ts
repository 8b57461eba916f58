import { isSafeNumber, parse, stringify } from 'lossless-json';

/**
 * JSON text whose numbers keep their digits. A text whose numbers all fit a double, which is nearly every text, is read and written by the native parser
 * and serializer; one scan beforehand decides. Only the numbers that do not fit become an {@link ExactNumber}.
 */

/** A number that no double holds, by the digits it came with. Arithmetic takes the nearest double; left alone, it is written as it came. */
export class ExactNumber {
  /** @param text a number by the grammar of JSON */
  constructor(readonly text: string) {}

  /** The nearest double; infinite beyond the range. */
  valueOf(): number {
    return Number(this.text);
  }

  toString(): string {
    return this.text;
  }

  /** For {@link stringifyExact} to see it; for anyone else the nearest double. */
  toJSON(): number {
    exactNumberMet = true;
    return Number(this.text);
  }
}

let exactNumberMet = false;

const wasExactNumberMet = (): boolean => exactNumberMet;

/** At least 16 characters of a number, or an exponent of three digits: everything else fits a double. Linear: what has begun to match cannot fail. */
const CANDIDATE = /\d[\d.]{15,}(?:[eE][+-]?\d+)?|\d[eE][+-]?\d{3,}/g;
/** Fewer than 16 digits with an exponent below this are neither infinite nor subnormal. */
const SAFE_EXPONENT = 290;

/** Whether a JSON text has a number that a double cannot hold. May say so of a text that looks like one inside a string, never the reverse. */
export function hasInexactNumber(text: string): boolean {
  CANDIDATE.lastIndex = 0;
  for (let match = CANDIDATE.exec(text); match !== null; match = CANDIDATE.exec(text)) {
    const found = match[0];
    const isNumber = endsNumber(text.charCodeAt(CANDIDATE.lastIndex));
    if (isNumber && !(found.length > 15 && /^[\d.]/.test(found) ? holds(found) : exponentOf(found) < SAFE_EXPONENT)) return true;
  }
  return false;
}

function holds(digits: string): boolean {
  return String(Number(digits)) === digits || isSafeNumber(digits);
}

const exponentOf = (number: string): number => Math.abs(Number(number.slice(number.search(/[eE]/) + 1)));

/** End of the text, white space, a comma or a closing bracket. */
const endsNumber = (code: number): boolean =>
  Number.isNaN(code) || code === 0x2c || code === 0x7d || code === 0x5d || code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** A number by its JSON text: a double where that one holds it, or is written with the same digits again. */
export function exactNumber(text: string): number | ExactNumber {
  return holds(text) ? Number(text) : new ExactNumber(text);
}

/** Reads JSON text that is known to be sound and of bounded depth. @throws SyntaxError */
export function parseExact(text: string): unknown {
  return hasInexactNumber(text) ? parse(text, null, exactNumber) : (JSON.parse(text) as unknown);
}

const STRINGIFIERS = [{ test: isExactNumber, stringify: String }];

/** Writes JSON text. @throws TypeError on what JSON cannot hold at all (undefined, a function, a bigint) */
export function stringifyExact(value: unknown): string {
  exactNumberMet = false;
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`${typeof value} is not a JSON value`);
  return wasExactNumberMet() ? (stringify(value, undefined, undefined, STRINGIFIERS) ?? text) : text;
}

/** Whether a value is a number that no double holds. */
export function isExactNumber(value: unknown): value is ExactNumber {
  return value instanceof ExactNumber;
}

/** The double of a number, the nearest one of an exact number; undefined of anything else. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : value instanceof ExactNumber ? value.valueOf() : undefined;
}
