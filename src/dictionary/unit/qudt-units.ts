const BASES: Readonly<Record<string, string>> = {
  M: 'm', GM: 'g', SEC: 's', MIN: 'min', HR: 'h', DAY: 'd', WK: 'wk', MO: 'mo', YR: 'a', A: 'A', K: 'K', MOL: 'mol', CD: 'cd', RAD: 'rad', SR: 'sr',
  HZ: 'Hz', N: 'N', PA: 'Pa', J: 'J', W: 'W', C: 'C', V: 'V', FARAD: 'F', OHM: 'Ohm', S: 'S', WB: 'Wb', T: 'T', H: 'H', LM: 'lm', LUX: 'lx', BQ: 'Bq',
  GRAY: 'Gy', SV: 'Sv', KAT: 'kat', L: 'L', TONNE: 't', TON_Metric: 't', HA: 'har', ARE: 'ar', BAR: 'bar', ATM: 'atm', TORR: 'Torr', EV: 'eV', ERG: 'erg',
  DYN: 'dyn', BIT: 'bit', BYTE: 'By', BAUD: 'Bd', B: 'B', NP: 'Np', CAL: 'cal', CAL_IT: 'cal_IT', CAL_TH: 'cal_th', DEG: 'deg', ARCMIN: "'", ARCSEC: "''",
  GON: 'gon', REV: 'circ', DEG_C: 'Cel', DEG_F: '[degF]', DEG_R: '[degR]', FT: '[ft_i]', IN: '[in_i]', YD: '[yd_i]', MI: '[mi_i]', MI_N: '[nmi_i]',
  AU: 'AU', LY: '[ly]', PARSEC: 'pc', AC: '[acr_us]', GAL_US: '[gal_us]', GAL_UK: '[gal_br]', GAL_IMP: '[gal_br]', OZ_VOL_US: '[foz_us]', PINT_US: '[pt_us]',
  QT_US: '[qt_us]', KN: '[kn_i]', LB: '[lb_av]', LB_M: '[lb_av]', OZ: '[oz_av]', OZ_M: '[oz_av]', LB_F: '[lbf_av]', KiloGM_F: 'kgf', TON_US: '[ston_av]',
  TON_SHORT: '[ston_av]', TON_LONG: '[lton_av]', HP: '[HP]', PSI: '[psi]', BTU_IT: '[Btu_IT]', BTU_TH: '[Btu_th]', MilliM_HG: 'mm[Hg]', IN_HG: "[in_i'Hg]",
  PERCENT: '%', UNITLESS: '1', NUM: '1', ONE: '1', FRACTION: '1', PPM: '[ppm]', PPB: '[ppb]', PPTH: '[ppth]', PH: '[pH]', DECIB: 'dB', DeciB: 'dB', G: '[g]',
  'V-A': 'V.A', 'V-A_Reactive': 'V.A{reactive}', VAR: 'V.A{reactive}', RPM: 'circ/min', P: 'P', POISE: 'P', St: 'St', CI: 'Ci', R: 'R', U: 'u', CentiM_H2O: 'cm[H2O]',
}; // prettier-ignore

const PREFIXES: Readonly<Record<string, string>> = {
  Yotta: 'Y', Zetta: 'Z', Exa: 'E', Peta: 'P', Tera: 'T', Giga: 'G', Mega: 'M', Kilo: 'k', Hecto: 'h', Deca: 'da', Deci: 'd', Centi: 'c', Milli: 'm',
  Micro: 'u', Nano: 'n', Pico: 'p', Femto: 'f', Atto: 'a', Kibi: 'Ki', Mebi: 'Mi', Gibi: 'Gi', Tebi: 'Ti',
}; // prettier-ignore

/** Differences and rates of temperature count in kelvin. */
const IN_PRODUCTS: Readonly<Record<string, string>> = { Cel: 'K', '[degF]': '[degR]' };
const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,100}$/;

/** The UCUM text of a name of the QUDT vocabulary (`KiloM-PER-HR`, `W-PER-M2-K`, `DEG_C`); undefined when a part is not known. */
export function qudtUnit(name: string): string | undefined {
  if (!NAME.test(name)) return undefined;
  const whole = factorOf(name);
  if (whole !== undefined) return whole;
  const [above = '', ...below] = name.startsWith('PER-') ? ['NUM', ...name.slice(4).split('-PER-')] : name.split('-PER-');
  const sides = [above, ...below].map(productOf);
  if (sides.includes(undefined)) return undefined;
  return sides.map((side, index) => (index === 0 ? (side ?? '') : `/(${side ?? ''})`)).join('');
}

function productOf(text: string): string | undefined {
  if (Object.hasOwn(BASES, text)) return BASES[text];
  const factors = text.split('-').map(factorOf);
  if (factors.includes(undefined)) return undefined;
  return factors.map((factor) => (factor !== undefined && Object.hasOwn(IN_PRODUCTS, factor) ? IN_PRODUCTS[factor] : factor)).join('.');
}

function factorOf(text: string): string | undefined {
  const plain = symbolOf(text);
  if (plain !== undefined) return plain;
  const [, base = '', exponent = ''] = /^(.+?)([2-9])$/.exec(text) ?? [];
  const symbol = symbolOf(base);
  return symbol === undefined || /[./]/.test(symbol) ? undefined : symbol + exponent;
}

function symbolOf(text: string): string | undefined {
  if (Object.hasOwn(BASES, text)) return BASES[text];
  for (const [name, prefix] of Object.entries(PREFIXES)) {
    const base = text.startsWith(name) ? text.slice(name.length) : '';
    if (!Object.hasOwn(BASES, base)) continue;
    const symbol = BASES[base] ?? '';
    if (!/^[[\d%]|\//.test(symbol)) return prefix + symbol;
  }
  return undefined;
}
