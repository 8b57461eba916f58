import { exactNumber, isExactNumber } from '../../kernel/exact-json.js';
import { FormatError } from './payload-format.js';
import type { ScalarType, ValueShape } from './value-shape.js';

/** Numbers by the grammar of JSON. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Longest number taken from a text; more digits help nobody and cost time. */
const LONGEST_NUMBER = 1_000;

/**
 * How scalars are told apart in a text that writes no types, by what the schema says of them. Several types are tried in the order null, boolean, number,
 * text, so that a text which looks like another of the types comes back as that one.
 */
export class ScalarText {
  /** A text alone: whatever stands there. */
  static readonly TEXT = new ScalarText(new Set<ScalarType>(['string']));

  private readonly takesText: boolean;
  private readonly takesNumber: boolean;
  private readonly takesBoolean: boolean;

  constructor(private readonly types: ReadonlySet<ScalarType>) {
    this.takesText = types.has('string');
    this.takesNumber = types.has('number');
    this.takesBoolean = types.has('boolean');
  }

  /** Of a shape that is no object and no array; what is not known is a text. */
  static of(shape: ValueShape): ScalarText {
    return shape.kind === 'scalar' && shape.types.size > 0 ? new ScalarText(shape.types) : ScalarText.TEXT;
  }

  get takesNull(): boolean {
    return this.types.has('null');
  }

  /** Whether null is all it takes. */
  get isNullAlone(): boolean {
    return this.types.size === 1 && this.takesNull;
  }

  /** Types that a text cannot be told from; none, and what is written comes back. */
  get isAmbiguous(): boolean {
    return this.takesText && (this.takesNumber || this.takesBoolean);
  }

  /** Whether an empty text is one of its values. */
  get takesEmpty(): boolean {
    return this.takesText;
  }

  /** @throws FormatError when the text is none of the types */
  read(text: string): unknown {
    if (this.takesBoolean && (text === 'true' || text === 'false')) return text === 'true';
    if (this.takesNumber && text.length <= LONGEST_NUMBER && NUMBER.test(text)) return exactNumber(text);
    if (this.takesText) return text;
    const expected = [...this.types]
      .map((type) => (type === 'number' ? 'a number' : type === 'boolean' ? 'true or false' : type))
      .join(' or ');
    throw new FormatError(`${expected} expected, ${excerpt(text)} found`);
  }

  /**
   * The text of a scalar.
   * @throws FormatError when it is not of the types, so that it would come back as something else
   */
  write(value: unknown): string {
    if (typeof value === 'string' && this.takesText) return wellFormed(value);
    if (this.takesNumber && (typeof value === 'number' || isExactNumber(value))) return String(value);
    if (this.takesBoolean && typeof value === 'boolean') return value ? 'true' : 'false';
    throw new FormatError(`the schema of the format does not foresee ${describe(value)} here`);
  }
}

/** @throws FormatError on lone surrogates, which no encoding of Unicode has */
export function wellFormed(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new FormatError('the text has a lone surrogate');
  return text;
}

function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return isExactNumber(value) || typeof value === 'number' ? 'a number' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** A short piece of a text, for people. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
