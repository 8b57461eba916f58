import { exactNumber, type ExactNumber } from '../../../kernel/exact-json.js';

/** Plain digits up to here, an exponent beyond. */
const MOST_ZEROS = 100;

/** A number as digits and a power of ten. */
export interface Decimal {
  readonly mantissa: bigint;
  readonly exponent: number;
}

/** Digits and exponent of a number in JSON's grammar. */
export function decimalOf({ text }: ExactNumber): Decimal {
  const [digits = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  return { mantissa: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

/** The number, as a double where one holds it. */
export function numberOfDecimal({ mantissa, exponent }: Decimal): number | ExactNumber {
  const sign = mantissa < 0n ? '-' : '';
  const digits = (mantissa < 0n ? -mantissa : mantissa).toString();
  if (exponent === 0) return exactNumber(sign + digits);
  if (exponent > 0 || exponent < -digits.length - MOST_ZEROS) return exactNumber(`${sign}${digits}e${exponent}`);
  const padded = digits.padStart(1 - exponent, '0');
  return exactNumber(`${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`);
}
