import { addExtension, Encoder, Tag } from 'cbor-x';
import { isExactNumber } from '../../../kernel/exact-json.js';
import { CompiledFormat } from '../compiled-format.js';
import { checkJsonValue } from '../json-value.js';
import { OptionsReader } from '../options-reader.js';
import { FormatError, type FormatOptions, type PayloadCodec } from '../payload-format.js';
import { wellFormed } from '../scalar-text.js';
import { checkCbor } from './cbor-check.js';
import { decimalOf, numberOfDecimal, type Decimal } from './cbor-number.js';

const DECIMAL_FRACTION = 4;
const LARGEST_EXPONENT = 10_000;
/** As many as the longest big number that is read has, and some signs. */
const MOST_DIGITS = 600;
const BASE64URL = /^[A-Za-z0-9_-]*$/;
/** Longest document, in characters of base64url; messages are smaller. */
const MOST_CHARACTERS = 4 * 1_024 * 1_024;

const CBOR = new Encoder({ useRecords: false, mapsAsObjects: true, variableMapSize: true, tagUint8Array: false });

/** A decimal fraction as it was read, until it becomes a number. */
class Fraction implements Decimal {
  constructor(
    readonly mantissa: bigint,
    readonly exponent: number,
  ) {}
}

// The library's own readers of these tags make dates and doubles. Tags are registered for the whole process; nothing else in it reads CBOR.
for (const tag of [0, 1])
  addExtension({ Class: undefined as never, tag, encode: undefined as never, decode: (content: unknown) => content });
for (const tag of [21, 22, 23, 32, 33, 34, 35, 36, 55799])
  addExtension({ Class: undefined as never, tag, encode: undefined as never, decode: (content: unknown) => content });
addExtension({
  Class: undefined as never,
  tag: DECIMAL_FRACTION,
  encode: undefined as never,
  decode: ([exponent, mantissa]: [number | bigint, number | bigint]) => new Fraction(BigInt(mantissa), Number(exponent)),
});

const CODEC: PayloadCodec = {
  decode(document) {
    const bytes = bytesOf(document);
    const { hasOwnTypes } = checkCbor(bytes);
    try {
      const value = CBOR.decode(bytes) as unknown;
      return hasOwnTypes ? ofJson(value) : value;
    } catch (error) {
      throw new FormatError(`not CBOR: ${(error as Error).message}`, '');
    }
  },
  encode(value) {
    checkJsonValue(value);
    return CBOR.encode(ofCbor(value)).toString('base64url');
  },
};

/** CBOR (RFC 8949) of values that JSON has. Numbers beyond a double are bignums and decimal fractions, so that nothing is lost. */
export class CborFormat extends CompiledFormat {
  readonly name = 'cbor';
  readonly mediaTypes = ['application/cbor'];
  readonly carrier = 'binary';

  read(options: unknown): FormatOptions {
    return new OptionsReader(this.name, options).done({});
  }

  compile(): PayloadCodec {
    return CODEC;
  }

  losses(): readonly [] {
    return [];
  }

  override unread() {
    return [{ kind: 'type-not-kept', detail: 'byte strings come as base64url, tagged times as what they hold' }];
  }
}

function bytesOf(document: unknown): Buffer {
  if (typeof document !== 'string' || document.length > MOST_CHARACTERS || !BASE64URL.test(document))
    throw new FormatError('a CBOR document is bytes: send their base64url as a JSON string', '');
  return Buffer.from(document, 'base64url');
}

/** A value of the library as JSON has it. What was read is changed: nobody else holds it. */
function ofJson(value: unknown): unknown {
  if (typeof value === 'bigint') return numberOfDecimal({ mantissa: value, exponent: 0 });
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Fraction) return numberOfDecimal(value);
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64url');
  const members = value as Record<string, unknown>;
  for (const key of Object.keys(members)) members[key] = ofJson(members[key]);
  return members;
}

/** A value as the library writes it; the same object where nothing in it has to change. */
function ofCbor(value: unknown): unknown {
  if (typeof value === 'string') return wellFormed(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isExactNumber(value)) {
    const { mantissa, exponent } = decimalOf(value);
    if (Math.abs(exponent) > LARGEST_EXPONENT || value.text.length > MOST_DIGITS)
      throw new FormatError(`the number ${value.text} is beyond what CBOR documents are read with`);
    return exponent === 0 ? mantissa : new Tag([exponent, mantissa], DECIMAL_FRACTION);
  }
  if (Array.isArray(value)) {
    const items = value.map(ofCbor);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const entries = Object.entries(value);
  if (Object.hasOwn(value, '__proto__')) throw new FormatError('a member must not be called __proto__', '');
  let isSame = true;
  const written: [string, unknown][] = [];
  for (const [key, member] of entries) {
    const item = member === undefined ? undefined : ofCbor(member);
    isSame &&= item === member && item !== undefined;
    if (item !== undefined) written.push([wellFormed(key), item]);
  }
  return isSame ? value : Object.fromEntries(written);
}
