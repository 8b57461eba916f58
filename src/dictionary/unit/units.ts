import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { foreignUnit, type ForeignVocabulary } from './foreign-units.js';
import { type UnitMeaning, meaningOf, canonicalCode } from './unit-meaning.js';
import { MAX_UNIT_LENGTH, readExpression } from './unit-expression.js';
import { UnitRefused } from './unit-refused.js';

/** A unit of measurement. */
export interface Unit {
  /** Canonical UCUM, annotations kept. Equal units may still have several codes (`J` and `N.m`): compare dimensions, convert values. */
  readonly code: string;
  /** `currency` when a currency takes part (`EUR`, `EUR/(kW.h)`), which UCUM does not know: ISO 4217 codes, ours. */
  readonly kind: 'physical' | 'currency';
  /** Two units are commensurable if and only if these are equal; annotations count, so that `{vehicles}/h` and `{persons}/h` differ. */
  readonly dimension: string;
}

interface KnownUnit extends Unit {
  readonly meaning: UnitMeaning;
}

/** Most units remembered. */
const MAX_REMEMBERED = 2_000;

/**
 * Units of measurement: canonical UCUM (by the tables of `@lhncbc/ucum-lhc`), with codes of UN/CEFACT Rec 20, DTDL and QUDT understood on input.
 * Pure and synchronous; made for text that nobody has checked.
 */
@Injectable()
export class Units {
  private readonly known = new LRUCache<string, KnownUnit>({ max: MAX_REMEMBERED });
  private readonly foreign = new LRUCache<string, KnownUnit>({ max: MAX_REMEMBERED });

  /**
   * Reads a unit: UCUM first; what is no UCUM, as {@link readForeign} does (`KMH`, `kilometrePerHour`, `http://qudt.org/vocab/unit/KiloM-PER-HR`).
   * @throws UnitRefused that says what is wrong
   */
  read(text: string): Unit {
    return this.find(text);
  }

  /**
   * A code of another vocabulary, undefined when it is not known there. Without a hint, an IRI says itself where it belongs, and other text is looked
   * up in Rec 20, then DTDL; QUDT's short names only with the hint, since many of them mean something else in Rec 20 (`GM`, `LM`).
   */
  readForeign(code: string, hint?: ForeignVocabulary): Unit | undefined {
    if (code.length > MAX_UNIT_LENGTH) return undefined;
    const key = `${hint ?? ''} ${code}`;
    const known = this.foreign.get(key);
    if (known) return known;
    const ucum = foreignUnit(code, hint);
    if (ucum === undefined) return undefined;
    const unit = this.parse(ucum);
    this.foreign.set(key, unit);
    return unit;
  }

  /** Whether a value in one can be converted to the other. @throws UnitRefused for a code that is no unit */
  commensurable(a: Unit | string, b: Unit | string): boolean {
    return this.find(a).dimension === this.find(b).dimension;
  }

  /**
   * The value in another unit. @throws UnitRefused when the two are not commensurable, or the value has no counterpart (the level of a negative power)
   */
  convert(value: number, from: Unit | string, to: Unit | string): number {
    const [source, target] = [this.find(from), this.find(to)];
    if (source.dimension !== target.dimension)
      throw new UnitRefused(`${source.code} is not commensurable with ${target.code}: ${source.dimension} is not ${target.dimension}`);
    if (source.code === target.code) return value;
    const coherent = toCoherent(value, source.meaning);
    const result = rounded(fromCoherent(coherent, target.meaning), coherent / target.meaning.magnitude);
    if (!Number.isFinite(result)) throw new UnitRefused(`${value} ${source.code} has no counterpart in ${target.code}`);
    return result;
  }

  /** {@link convert} between two units that are looked up once, for who converts very many values. */
  converter(from: Unit | string, to: Unit | string): (value: number) => number {
    this.convert(1, from, to);
    const [source, target] = [this.find(from), this.find(to)];
    if (source.code === target.code) return (value) => value;
    return (value) => {
      const coherent = toCoherent(value, source.meaning);
      const result = rounded(fromCoherent(coherent, target.meaning), coherent / target.meaning.magnitude);
      if (!Number.isFinite(result)) throw new UnitRefused(`${value} ${source.code} has no counterpart in ${target.code}`);
      return result;
    };
  }

  private find(unit: Unit | string): KnownUnit {
    const text = typeof unit === 'string' ? unit : unit.code;
    const known = this.known.get(text);
    if (known) return known;
    const read = this.parseAny(text);
    this.known.set(text, read);
    return read;
  }

  private parseAny(text: string): KnownUnit {
    try {
      return this.parse(text);
    } catch (error) {
      const foreign = error instanceof UnitRefused && text.length <= MAX_UNIT_LENGTH ? foreignUnit(text) : undefined;
      if (foreign === undefined) throw error;
      return this.parse(foreign);
    }
  }

  private parse(text: string): KnownUnit {
    const parts = readExpression(text);
    const meaning = meaningOf(parts);
    const code = canonicalCode(parts);
    // What is stored can be sent again.
    if (code.length > MAX_UNIT_LENGTH)
      throw new UnitRefused(`its canonical form ${code.slice(0, 40)}… is longer than ${MAX_UNIT_LENGTH} characters`);
    return { code, kind: meaning.currency ? 'currency' : 'physical', dimension: meaning.dimension, meaning };
  }
}

function toCoherent(value: number, { magnitude, special }: UnitMeaning): number {
  return special ? special.function.from(value * special.prefix) * magnitude : value * magnitude;
}

function fromCoherent(value: number, { magnitude, special }: UnitMeaning): number {
  return special ? special.function.to(value / magnitude) / special.prefix : value / magnitude;
}

/** Cuts off what binary arithmetic added beyond 15 significant digits of the largest number on the way (32 °F, not 31.999999999999943). */
function rounded(value: number, onTheWay: number): number {
  const largest = Math.max(Math.abs(value), Math.min(Math.abs(onTheWay), 1e6));
  if (!Number.isFinite(value) || largest === 0) return value;
  const decimals = 15 - Math.ceil(Math.log10(largest));
  return decimals >= 0 && decimals <= 100 ? Number(value.toFixed(decimals)) : Number(value.toPrecision(15));
}
