import { currencyCodes } from './currencies.js';
import { rec20Codes } from './rec20-units.js';
import { findAtom } from './ucum-atoms.js';
import { MAX_UNIT_LENGTH } from './unit-expression.js';
import { UnitRefused } from './unit-refused.js';
import { Units } from './units.js';

const units = new Units();

describe('reading UCUM', () => {
  it.each([
    ['km/h', 'km/h', 'L.T-1'],
    ['km.h-1', 'km/h', 'L.T-1'],
    ['m/(s.s)', 'm/s2', 'L.T-2'],
    ['kg.m-2.s-1', 'kg/m2/s', 'L-2.M.T-1'],
    ['mg/l', 'mg/L', 'L-3.M'],
    ['/h', '/h', 'T-1'],
    ['%', '%', '1'],
    ['m/m', '1', '1'],
    ['10^3/m3', '10*3/m3', 'L-3'],
    ['[IU]/mL', '[iU]/mL', 'L-3.[iU]'],
    ['mol/L', 'mol/L', 'L-3.N'],
    ['{vehicles}/h', '{vehicles}/h', 'T-1.{vehicles}'],
    ['m2{lane}', 'm2{lane}', 'L2.{lane}'],
    ['[diop]', '[diop]', 'L-1'],
    ['kBd', 'kBd', 'T-1'],
    ['By/s', 'By/s', 'T-1.bit'],
    ['dB', 'dB', 'B'],
    ['dB[SPL]', 'dB[SPL]', 'L-1.M.T-2'],
    ['mCel', 'mCel', 'C'],
  ])('%s is %s of dimension %s', (text, code, dimension) => {
    expect(units.read(text)).toMatchObject({ code, kind: 'physical', dimension });
    expect(units.read(code)).toMatchObject({ code, dimension });
  });

  it('knows currencies as a kind of their own', () => {
    expect(units.read('EUR/(kW.h)')).toMatchObject({ code: 'EUR/kW/h', kind: 'currency' });
    expect(units.commensurable('EUR/(kW.h)', 'EUR/(MW.h)')).toBe(true);
    expect(units.commensurable('EUR', 'USD')).toBe(false);
    expect(units.commensurable('EUR', '1')).toBe(false);
    expect(currencyCodes().filter((code) => findAtom(code)?.currency !== true)).toEqual([]);
  });

  it.each([
    ['kWh', /not a unit/],
    ['m^2', /not a unit/],
    ['', /empty/],
    [' m', /not a unit/],
    ['m/', /character 3/],
    ['(m', /closing/],
    ['m)', /character 2/],
    ['{a b}', /character 1/],
    ['{}', /character 1/],
    ['{ä}', /character 1/],
    ['m0', /exponent/],
    ['0.m', /factor/],
    ['9999999999999999.m', /factor/],
    ['Cel/h', /use K/],
    ['Cel2', /cannot be multiplied/],
    ['2.dB', /cannot be multiplied/],
    ['constructor', /not a unit/],
    ['__proto__', /not a unit/],
    [`${'('.repeat(20)}m${')'.repeat(20)}`, /nested/],
    ['Ym99.Ym99.Ym99', /too large/],
    ['m'.repeat(10_000), new RegExp(`${MAX_UNIT_LENGTH} characters`)],
  ])('refuses %j by what is wrong', (text, why) => {
    expect(() => units.read(text)).toThrow(UnitRefused);
    expect(() => units.read(text)).toThrow(why);
  });

  it('answers any text with a unit or a refusal', () => {
    const alphabet = [
      'm',
      'k',
      'Cel',
      '/',
      '.',
      '(',
      ')',
      '{',
      '}',
      '[',
      ']',
      '1',
      '-',
      '+',
      '*',
      '10*',
      'dB',
      'EUR',
      '%',
      "'",
      '\0',
      'é',
      ' ',
      '[degF]',
      '99',
    ];
    let seed = 42;
    const next = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 20_000; round++) {
      const text = Array.from({ length: 1 + next(12) }, () => alphabet[next(alphabet.length)]).join('');
      try {
        const unit = units.read(text);
        expect(units.read(unit.code).dimension).toBe(unit.dimension);
      } catch (error) {
        if (!(error instanceof UnitRefused)) throw new Error(`${JSON.stringify(text)}: ${String(error)}`, { cause: error });
      }
    }
  });
});

describe('converting', () => {
  it.each([
    [20, 'Cel', '[degF]', 68],
    [-40, '[degF]', 'Cel', -40],
    [0, 'Cel', 'K', 273.15],
    [32, '[degF]', 'Cel', 0],
    [25_000, 'mCel', 'K', 298.15],
    [90, 'km/h', 'm/s', 25],
    [50, '%', '1', 0.5],
    [1, '%', '[ppm]', 10_000],
    [1, 'kW.h', 'J', 3_600_000],
    [180, 'deg', 'rad', 3.141592653589793],
    [30, 'dB[W]', 'W', 1_000],
    [94, 'dB[SPL]', 'Pa', 1.002374467254545],
    [7, '[pH]', 'mol/L', 1e-7],
    [1, 'B', 'dB', 10],
    [100, '%[slope]', 'deg', 45],
    [0.25, 'EUR/(kW.h)', 'EUR/(MW.h)', 250],
    [1, 'KiBy', 'bit', 8_192],
  ])('%d %s in %s', (value, from, to, expected) => {
    expect(units.convert(value, from, to)).toBeCloseTo(expected, 9);
    expect(units.convert(units.convert(value, from, to), to, from)).toBeCloseTo(value, 6);
  });

  it.each([
    ['{vehicles}/h', '{persons}/h'],
    ['{vehicles}/h', '/h'],
    ['m', 's'],
    ['EUR', 'USD'],
    ['[iU]', "[arb'U]"],
    ['mol', '1'],
    ['dB', '%'],
    ['dB', 'Np'],
    ['rad', '1'],
  ])('refuses %s to %s', (from, to) => {
    expect(units.commensurable(from, to)).toBe(false);
    expect(() => units.convert(1, from, to)).toThrow(/not commensurable/);
  });

  it('refuses a value without counterpart', () => {
    expect(() => units.convert(-1, 'W', 'dB[W]')).toThrow(/no counterpart/);
    expect(() => units.convert(1e308, 'dB[W]', 'W')).toThrow(/no counterpart/);
  });
});

describe('other vocabularies', () => {
  it('reads every code of Rec 20 in the table', () => {
    expect(rec20Codes().length).toBeGreaterThan(700);
    expect(new Set(rec20Codes()).size).toBe(rec20Codes().length);
    for (const code of rec20Codes()) expect(units.readForeign(code, 'unece')?.dimension).toMatch(/./);
  });

  it.each([
    ['KMH', 'unece', 'km/h'], ['CEL', 'unece', 'Cel'], ['MTR', 'unece', 'm'], ['KWH', 'unece', 'kW.h'], ['P1', 'unece', '%'], ['2N', 'unece', 'dB'],
    ['GQ', 'unece', 'ug/m3'], ['A24', 'unece', 'cd/m2'], ['A97', 'unece', 'hPa'], ['MQS', 'unece', 'm3/s'], ['D54', 'unece', 'W/m2'], ['C62', 'unece', '1'],
    ['degreeCelsius', 'dtdl', 'Cel'], ['kilometrePerHour', 'dtdl', 'km/h'], ['metrePerSecondSquared', 'dtdl', 'm/s2'], ['kilowattHour', 'dtdl', 'kW.h'],
    ['wattPerSquareMetre', 'dtdl', 'W/m2'], ['poundPerSquareInch', 'dtdl', '[psi]'], ['millimetresOfMercury', 'dtdl', 'mm[Hg]'], ['unity', 'dtdl', '1'],
    ['degreeOfArc', 'dtdl', 'deg'], ['gForce', 'dtdl', '[g]'], ['mebibitPerSecond', 'dtdl', 'Mibit/s'], ['kilowattHourPerYear', 'dtdl', 'kW.h/a'],
    ['revolutionPerMinute', 'dtdl', 'circ/min'], ['newtonMetre', 'dtdl', 'N.m'], ['decibel', 'dtdl', 'dB'], ['secondOfArc', 'dtdl', "''"],
    ['KiloM-PER-HR', 'qudt', 'km/h'], ['DEG_C', 'qudt', 'Cel'], ['MicroGM-PER-M3', 'qudt', 'ug/m3'], ['W-PER-M2-K', 'qudt', 'W/m2/K'],
    ['KiloW-HR', 'qudt', 'kW.h'], ['PERCENT', 'qudt', '%'], ['LM', 'qudt', 'lm'], ['PER-SEC', 'qudt', '/s'], ['J-PER-KiloGM-DEG_C', 'qudt', 'J/kg/K'],
  ] as const)('%s of %s is %s', (code, vocabulary, ucum) => {
    expect(units.readForeign(code, vocabulary)?.code).toBe(ucum);
  }); // prettier-ignore

  it('recognises IRIs, and bare codes where UCUM has nothing', () => {
    for (const text of [
      'http://qudt.org/vocab/unit/KiloM-PER-HR',
      'unit:KiloM-PER-HR',
      'dtmi:dtdl:unit:kilometrePerHour;3',
      'KMH',
      'kilometrePerHour',
    ])
      expect(units.read(text).code).toBe('km/h');
    expect(units.read('http://www.opengis.net/def/uom/UCUM/km%2Fh').code).toBe('km/h');
    // UCUM comes first: A24 is a power of ampere there.
    expect(units.read('A24').dimension).toBe('Q24.T-24');
  });

  it.each([['XYZ', 'unece'], ['kmh', 'unece'], ['furlongPerFortnight', 'dtdl'], ['per', 'dtdl'], ['NOPE', 'qudt'], ['-PER-', 'qudt'], ['A'.repeat(500), 'qudt'], ['constructor', 'dtdl']] as const)(
    'does not know %s of %s', (code, vocabulary) => {
      expect(units.readForeign(code, vocabulary)).toBeUndefined();
    },
  ); // prettier-ignore
});
