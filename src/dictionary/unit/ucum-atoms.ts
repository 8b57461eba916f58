import library from '@lhncbc/ucum-lhc';
import { isCurrency } from './currencies.js';

/** A unit symbol, prefix included, as UCUM defines it. */
export interface Atom {
  /** The canonical spelling. */
  readonly code: string;
  /** How many of the coherent base unit one of it is; for a special unit, what its function's result is multiplied by. */
  readonly magnitude: number;
  /** Exponents by base: L, T, M, A (angle), C (temperature), Q (charge), F (luminous intensity), N (amount), an arbitrary unit, a currency. */
  readonly bases: Readonly<Record<string, number>>;
  /** A unit that is no plain multiple of another: a temperature scale or a level. */
  readonly special?: { readonly prefix: number; readonly function: SpecialFunction };
  readonly currency: boolean;
}

/** How a special unit reads a number, and writes one (UCUM §21, §22). */
export interface SpecialFunction {
  readonly from: (value: number) => number;
  readonly to: (value: number) => number;
}

const BASES = ['L', 'T', 'M', 'A', 'C', 'Q', 'F'];
/** Units of amount of substance. For UCUM a mole is a number; here, as in the SI, it is a base of its own, so that mol/L and {cells}/L stay apart. */
const AMOUNTS: Readonly<Record<string, number>> = { mol: 1, eq: 1, osm: 1, kat: 1, U: 1, '[pH]': 1 };
/** Units of information, numbers for UCUM too, are kept apart from other numbers. */
const INFORMATION = new Set(['bit', 'By']);
/** Several spellings of one thing. */
const SPELLINGS: Readonly<Record<string, string>> = { l: 'L', '[IU]': '[iU]', '10^': '10*' };

const SPECIAL: Readonly<Record<string, SpecialFunction>> = {
  Cel: { from: (x) => x + 273.15, to: (x) => x - 273.15 },
  degRe: { from: (x) => x + 273.15 / 1.25, to: (x) => x - 273.15 / 1.25 },
  degF: { from: (x) => x + 459.67, to: (x) => x - 459.67 },
  pH: { from: (x) => 10 ** -x, to: (x) => -Math.log10(x) },
  ln: { from: Math.exp, to: Math.log },
  lg: { from: (x) => 10 ** x, to: Math.log10 },
  lgTimes2: { from: (x) => 10 ** (x / 2), to: (x) => 2 * Math.log10(x) },
  ld: { from: (x) => 2 ** x, to: Math.log2 },
  tanTimes100: { from: (x) => Math.atan(x / 100), to: (x) => Math.tan(x) * 100 },
  '100tan': { from: (x) => Math.atan(x / 100), to: (x) => Math.tan(x) * 100 },
  sqrt: { from: (x) => x * x, to: Math.sqrt },
};

const PREFIXES: readonly (readonly [string, number])[] = [
  ['Ki', 2 ** 10], ['Mi', 2 ** 20], ['Gi', 2 ** 30], ['Ti', 2 ** 40], ['da', 1e1],
  ['Y', 1e24], ['Z', 1e21], ['E', 1e18], ['P', 1e15], ['T', 1e12], ['G', 1e9], ['M', 1e6], ['k', 1e3], ['h', 1e2], ['d', 1e-1],
  ['c', 1e-2], ['m', 1e-3], ['u', 1e-6], ['n', 1e-9], ['p', 1e-12], ['f', 1e-15], ['a', 1e-18], ['z', 1e-21], ['y', 1e-24],
]; // prettier-ignore

let tables: ReturnType<typeof library.UnitTables.getInstance> | undefined;

/** The atom of a symbol, or undefined when there is none. The library is asked for single symbols only; its reader of expressions is never run. */
export function findAtom(symbol: string): Atom | undefined {
  const plain = atom(symbol);
  if (plain) return plain.atom;
  for (const [prefix, factor] of PREFIXES) {
    if (!symbol.startsWith(prefix)) continue;
    const found = atom(symbol.slice(prefix.length));
    if (!found?.isMetric || (prefix.endsWith('i') && !INFORMATION.has(found.atom.code))) continue;
    const { code, magnitude, special } = found.atom;
    const scaled = special ? { special: { ...special, prefix: factor } } : { magnitude: magnitude * factor };
    return { ...found.atom, code: prefix + code, ...scaled };
  }
  return undefined;
}

function atom(symbol: string): { atom: Atom; isMetric: boolean } | undefined {
  const code = Object.hasOwn(SPELLINGS, symbol) ? (SPELLINGS[symbol] ?? symbol) : symbol;
  const unit = libraryUnit(code);
  if (!unit) return isCurrency(code) ? { atom: currency(code), isMetric: false } : undefined;
  const bases: Record<string, number> = {};
  for (const [index, exponent] of (unit.dim_?.dimVec_ ?? []).entries()) if (exponent !== 0) bases[BASES[index] ?? ''] = exponent;
  if (Object.hasOwn(AMOUNTS, code)) bases.N = AMOUNTS[code] ?? 0;
  if (INFORMATION.has(code)) bases.bit = 1;
  if (unit.isArbitrary_) bases[code] = 1;
  const isMetric = unit.isMetric_ || unit.isBase_;
  if (unit.cnv_ === 'inv') return { atom: reciprocal(code, unit.magnitude_, bases), isMetric };
  if (unit.cnv_ === null) return { atom: { code, magnitude: unit.magnitude_, bases, currency: false }, isMetric };
  const special = Object.hasOwn(SPECIAL, unit.cnv_) ? SPECIAL[unit.cnv_] : undefined;
  if (!special) return undefined;
  // A level without a physical reference says nothing of what it is a ratio of, so that it is comparable with its like alone.
  if (Object.keys(bases).length === 0) bases[code] = 1;
  // The tangent's argument is in radian already; the library would take it for degrees.
  const magnitude = unit.cnv_ === '100tan' ? 1 : unit.magnitude_;
  return { atom: { code, magnitude, bases, special: { prefix: 1, function: special }, currency: false }, isMetric };
}

/** What is defined as one by another unit (`[diop]` is 1/m): the library keeps the other. */
function reciprocal(code: string, magnitude: number, bases: Readonly<Record<string, number>>): Atom {
  const inverted = Object.fromEntries(Object.entries(bases).map(([base, exponent]) => [base, -exponent]));
  return { code, magnitude: 1 / magnitude, bases: inverted, currency: false };
}

function libraryUnit(code: string) {
  if (!tables) {
    library.UcumLhcUtils.getInstance();
    tables = library.UnitTables.getInstance();
  }
  const unit = tables.getUnitByCode(code);
  // Beside the atoms of UCUM the tables hold combinations that laboratories use.
  return unit?.source_ === 'UCUM' ? unit : undefined;
}

function currency(code: string): Atom {
  return { code, magnitude: 1, bases: { [code]: 1 }, currency: true };
}
