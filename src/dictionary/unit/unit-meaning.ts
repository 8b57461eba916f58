import type { UnitPart } from './unit-expression.js';
import type { Atom } from './ucum-atoms.js';
import { UnitRefused } from './unit-refused.js';

/** What a unit amounts to. */
export interface UnitMeaning {
  /** Bases and annotations with their exponents, in a fixed order; `1` without any. */
  readonly dimension: string;
  /** How many of the coherent base unit one of it is. */
  readonly magnitude: number;
  readonly special?: Atom['special'];
  readonly currency: boolean;
}

/** Works out a product. Throws {@link UnitRefused} when a special unit stands in a product, or the size of it cannot be told by a number. */
export function meaningOf(parts: readonly UnitPart[]): UnitMeaning {
  const exponents = new Map<string, number>();
  const count = (base: string, exponent: number): unknown => exponents.set(base, (exponents.get(base) ?? 0) + exponent);
  let magnitude = 1;
  for (const { atom, factor, exponent, annotation } of parts) {
    if (atom?.special && (parts.length > 1 || exponent !== 1)) throw unmultipliable(atom.code);
    magnitude *= (atom?.magnitude ?? factor ?? 1) ** exponent;
    for (const [base, power] of Object.entries(atom?.bases ?? {})) count(base, power * exponent);
    if (annotation !== undefined) count(`{${annotation}}`, Math.sign(exponent));
  }
  if (!Number.isFinite(magnitude) || magnitude <= 0) throw new UnitRefused('the unit is too large or too small to be reckoned with');
  return {
    dimension: dimensionOf(exponents),
    magnitude,
    special: parts[0]?.atom?.special,
    currency: parts.some(({ atom }) => atom?.currency === true),
  };
}

/** Writes a product in one way: as given, with powers of one symbol joined and each divisor behind its own stroke (`kg.m-2.s-1` is `kg/m2/s`). */
export function canonicalCode(parts: readonly UnitPart[]): string {
  const joined = new Map<string, { symbol: string; exponent: number; annotation: string }>();
  for (const [index, { atom, factor, exponent, annotation: text }] of parts.entries()) {
    const annotation = text === undefined ? '' : `{${text}}`;
    const symbol = atom?.code ?? (factor === undefined || factor === 1 ? '' : String(factor));
    if (symbol === '' && annotation === '') continue;
    const key = atom && annotation === '' ? symbol : `${symbol} ${index}`;
    const before = joined.get(key)?.exponent ?? 0;
    joined.set(key, { symbol, annotation, exponent: before + exponent });
  }
  let code = '';
  for (const { symbol, exponent, annotation } of joined.values()) {
    if (exponent === 0) continue;
    const power = Math.abs(exponent) === 1 ? '' : String(Math.abs(exponent));
    code += (exponent < 0 ? '/' : code === '' ? '' : '.') + symbol + power + annotation;
  }
  return code === '' ? '1' : code;
}

function dimensionOf(exponents: ReadonlyMap<string, number>): string {
  const bases = [...exponents].filter(([, exponent]) => exponent !== 0).sort(([a], [b]) => (a < b ? -1 : 1));
  return bases.length === 0 ? '1' : bases.map(([base, exponent]) => (exponent === 1 ? base : `${base}${exponent}`)).join('.');
}

function unmultipliable(code: string): UnitRefused {
  const instead = code.endsWith('Cel') || code.startsWith('[deg') ? ': for differences and rates use K' : '';
  return new UnitRefused(`${code} counts from a point of its own, or is a level, and cannot be multiplied, divided or raised${instead}`);
}
