import { isUtf8 } from 'node:buffer';
import { MAX_DEPTH } from '../json-value.js';
import { FormatError } from '../payload-format.js';

/**
 * One pass over CBOR (RFC 8949) before the library decodes it: only what has a value in JSON passes, and nothing that the library could be tricked with.
 * Each item is looked at once, nested at most 64 deep; lengths are held against the bytes that are there before anything is allocated.
 */

/** Of times, expected conversions, texts of a known form, and CBOR itself: their content says all. */
const TRANSPARENT_TAGS: ReadonlySet<number> = new Set([0, 1, 21, 22, 23, 32, 33, 34, 35, 36, 55799]);
const BIGNUMS: ReadonlySet<number> = new Set([2, 3]);
const DECIMAL_FRACTION = 4;
/** Bytes of a big number, some 600 decimal digits. */
const LONGEST_BIGNUM = 256;
/** Decimal exponents beyond are no quantity. */
const LARGEST_EXPONENT = 10_000;
/** The library takes a byte order mark off longer texts. */
const LONGEST_MARKED_TEXT = 64;
const INDEFINITE = -1;

interface Head {
  readonly major: number;
  /** Length, count, number or tag; of floats and simple values the additional information. */
  readonly argument: number;
}

/** What the pass saw. */
export interface CborCheck {
  /** Whether there are numbers or bytes that JavaScript holds in types of its own. */
  readonly hasOwnTypes: boolean;
}

/** @throws FormatError saying at which byte */
export function checkCbor(bytes: Buffer): CborCheck {
  const check = new Check(bytes);
  check.item(MAX_DEPTH);
  if (check.at !== bytes.length) throw new FormatError(`${bytes.length - check.at} bytes follow the value`, '');
  return check;
}

class Check {
  at = 0;
  hasOwnTypes = false;

  constructor(private readonly bytes: Buffer) {}

  item(depth: number): void {
    if (depth === 0) this.refuse(`nested more than ${MAX_DEPTH} deep`);
    const start = this.at;
    const { major, argument } = this.head();
    switch (major) {
      case 0:
      case 1:
        return;
      case 2:
        this.hasOwnTypes = true;
        this.skip(this.definite(argument));
        return;
      case 3:
        this.text(this.definite(argument));
        return;
      case 4:
        this.array(argument, depth);
        return;
      case 5:
        this.map(argument, depth);
        return;
      case 6:
        this.tagged(argument, depth);
        return;
      default:
        this.simple(argument, start);
    }
  }

  private head(): Head {
    const first = this.bytes[this.at];
    if (first === undefined) this.refuse('the document ends within a value');
    this.at += 1;
    const major = first >> 5;
    const info = first & 0x1f;
    if (major === 7 || info < 24) return { major, argument: info };
    if (info === 31 && major >= 2 && major <= 5) return { major, argument: INDEFINITE };
    if (info > 27) this.refuse('no head of a CBOR item');
    const length = 1 << (info - 24);
    const from = this.at;
    this.skip(length);
    if (length < 8) return { major, argument: this.bytes.readUIntBE(from, length) };
    // A number of 64 bits comes as a bigint; a length of them is longer than any document.
    if (major < 2) this.hasOwnTypes = true;
    return { major, argument: Number(this.bytes.readBigUInt64BE(from)) };
  }

  private array(count: number, depth: number): void {
    if (count > this.bytes.length - this.at) this.refuse('the document ends within an array');
    for (let index = 0; count === INDEFINITE ? !this.isBreak() : index < count; index += 1) this.item(depth - 1);
  }

  private map(count: number, depth: number): void {
    if (count > (this.bytes.length - this.at) / 2) this.refuse('the document ends within a map');
    const keys = new Set<string>();
    for (let index = 0; count === INDEFINITE ? !this.isBreak() : index < count; index += 1) {
      const { major, argument } = this.head();
      if (major !== 3) this.refuse('a key of a map is no text');
      const from = this.at;
      this.text(this.definite(argument));
      const key = this.bytes.toString('utf8', from, this.at);
      if (key === '__proto__') this.refuse('a key must not be __proto__');
      if (keys.has(key)) this.refuse(`the key ${JSON.stringify(key)} comes twice`);
      keys.add(key);
      this.item(depth - 1);
    }
  }

  private tagged(tag: number, depth: number): void {
    if (BIGNUMS.has(tag)) {
      this.bignum();
    } else if (tag === DECIMAL_FRACTION) {
      this.hasOwnTypes = true;
      if (this.bytes[this.at] !== 0x82) this.refuse('a decimal fraction is no pair');
      this.at += 1;
      const { major, argument } = this.head();
      if (major > 1 || argument > LARGEST_EXPONENT) this.refuse('no exponent of a decimal fraction');
      const mantissa = this.head();
      if (mantissa.major === 6 && BIGNUMS.has(mantissa.argument)) this.bignum();
      else if (mantissa.major > 1) this.refuse('no mantissa of a decimal fraction');
    } else if (TRANSPARENT_TAGS.has(tag)) {
      this.item(depth - 1);
    } else {
      this.refuse(`the tag ${tag} has no value in JSON`);
    }
  }

  private bignum(): void {
    this.hasOwnTypes = true;
    const { major, argument } = this.head();
    if (major !== 2 || argument > LONGEST_BIGNUM) this.refuse(`a big number is no string of at most ${LONGEST_BIGNUM} bytes`);
    this.skip(this.definite(argument));
  }

  private simple(info: number, start: number): void {
    if (info >= 20 && info <= 22) return;
    if (info < 25 || info > 27) this.refuse(info === 23 ? 'undefined has no value in JSON' : 'a simple value that has none in JSON', start);
    const length = 1 << (info - 24);
    const from = this.at;
    this.skip(length);
    const isFinite =
      length === 2
        ? (this.bytes.readUInt16BE(from) & 0x7c00) !== 0x7c00
        : Number.isFinite(length === 4 ? this.bytes.readFloatBE(from) : this.bytes.readDoubleBE(from));
    if (!isFinite) this.refuse('NaN and infinities have no value in JSON', start);
  }

  private text(length: number): void {
    const from = this.at;
    this.skip(length);
    const text = this.bytes.subarray(from, this.at);
    if (!isUtf8(text)) this.refuse('a text is not UTF-8', from);
    if (length > LONGEST_MARKED_TEXT && text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf)
      this.refuse('a text begins with a byte order mark', from);
  }

  private definite(length: number): number {
    if (length === INDEFINITE) this.refuse('strings of indefinite length are not read: send them in one piece');
    return length;
  }

  private isBreak(): boolean {
    if (this.bytes[this.at] !== 0xff) return false;
    this.at += 1;
    return true;
  }

  private skip(length: number): void {
    if (length > this.bytes.length - this.at) this.refuse('the document ends within a value');
    this.at += length;
  }

  private refuse(detail: string, at = this.at): never {
    throw new FormatError(`${detail} (at byte ${at})`, '');
  }
}
