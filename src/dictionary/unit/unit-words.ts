/** Words for units in running names (`kilometrePerHour`, `degree Celsius`), with the symbol of UCUM. */
const WORDS: Readonly<Record<string, string>> = {
  metre: 'm', meter: 'm', gram: 'g', gramme: 'g', tonne: 't', second: 's', minute: 'min', hour: 'h', day: 'd', week: 'wk', month: 'mo', year: 'a',
  ampere: 'A', amp: 'A', kelvin: 'K', mole: 'mol', candela: 'cd', radian: 'rad', steradian: 'sr', hertz: 'Hz', newton: 'N', pascal: 'Pa', joule: 'J',
  watt: 'W', coulomb: 'C', volt: 'V', farad: 'F', ohm: 'Ohm', siemens: 'S', weber: 'Wb', maxwell: 'Mx', tesla: 'T', gauss: 'G', henry: 'H', lumen: 'lm',
  lux: 'lx', becquerel: 'Bq', gray: 'Gy', sievert: 'Sv', katal: 'kat', litre: 'L', liter: 'L', hectare: 'har', are: 'ar', bar: 'bar', electronvolt: 'eV',
  bit: 'bit', byte: 'By', baud: 'Bd', bel: 'B', neper: 'Np', calorie: 'cal', poise: 'P', stokes: 'St', curie: 'Ci', roentgen: 'R', dyne: 'dyn', erg: 'erg',
  foot: '[ft_i]', feet: '[ft_i]', inch: '[in_i]', yard: '[yd_i]', mile: '[mi_i]', nauticalmile: '[nmi_i]', astronomicalunit: 'AU', parsec: 'pc',
  lightyear: '[ly]', acre: '[acr_us]', gallon: '[gal_us]', fluidounce: '[foz_us]', pint: '[pt_us]', quart: '[qt_us]', knot: '[kn_i]', pound: '[lb_av]',
  ounce: '[oz_av]', slug: '[lbf_av].s2/[ft_i]', ton: '[ston_av]', horsepower: '[HP]', atmosphere: 'atm', torr: 'Torr',
  degreecelsius: 'Cel', celsius: 'Cel', degreefahrenheit: '[degF]', fahrenheit: '[degF]', degreeofarc: 'deg', degree: 'deg', minuteofarc: "'",
  secondofarc: "''", turn: 'circ', revolution: 'circ', gforce: '[g]', percent: '%', unity: '1', one: '1', partpermillion: '[ppm]',
  partsperbillion: '[ppb]', partspermillion: '[ppm]', poundpersquareinch: '[psi]', poundspersquareinch: '[psi]', poundforce: '[lbf_av]',
  millimetreofmercury: 'mm[Hg]', millimetresofmercury: 'mm[Hg]', inchofmercury: "[in_i'Hg]", inchesofmercury: "[in_i'Hg]",
  inchofwater: "[in_i'H2O]", inchesofwater: "[in_i'H2O]", footcandle: 'lm/[sft_i]', voltampere: 'V.A', voltamperereactive: 'V.A{reactive}',
  rpm: 'circ/min', ph: '[pH]', dalton: 'u', britishthermalunit: '[Btu_IT]',
}; // prettier-ignore

const PREFIXES: Readonly<Record<string, string>> = {
  yotta: 'Y', zetta: 'Z', exa: 'E', peta: 'P', tera: 'T', giga: 'G', mega: 'M', kilo: 'k', hecto: 'h', deca: 'da', deka: 'da', deci: 'd', centi: 'c',
  milli: 'm', micro: 'u', nano: 'n', pico: 'p', femto: 'f', atto: 'a', kibi: 'Ki', mebi: 'Mi', gibi: 'Gi', tebi: 'Ti',
}; // prettier-ignore

/** Binary prefixes that UCUM lacks, as powers of two. */
const LARGE_BINARY: Readonly<Record<string, string>> = {
  pebi: '1024.Ti',
  exbi: '1048576.Ti',
  zebi: '1073741824.Ti',
  yobi: '1099511627776.Ti',
};
const POWERS: Readonly<Record<string, number>> = { square: 2, cubic: 3 };
const AFTER: Readonly<Record<string, number>> = { squared: 2, cubed: 3 };
/** Differences and rates of temperature count in kelvin. */
const IN_PRODUCTS: Readonly<Record<string, string>> = { Cel: 'K', '[degF]': '[degR]' };
const MAX_WORDS = 16;

/**
 * The UCUM text of a unit's English name, its words in lower case: `kilometre per hour`, `watt per square metre kelvin`, `metre per second squared`,
 * `newton metre`. Undefined when a word is not known.
 */
export function unitOfWords(words: readonly string[]): string | undefined {
  if (words.length === 0 || words.length > MAX_WORDS) return undefined;
  const whole = symbolOf(words.join(''));
  if (whole !== undefined) return whole;
  const sides: string[] = [];
  for (const side of splitAt(words, 'per')) {
    const product = productOf(side);
    if (product === undefined) return undefined;
    sides.push(product);
  }
  return sides.map((side, index) => (index === 0 ? side : `/(${side})`)).join('');
}

function splitAt(words: readonly string[], separator: string): string[][] {
  const sides: string[][] = [[]];
  for (const word of words) {
    if (word === separator) sides.push([]);
    else sides.at(-1)?.push(word);
  }
  // "per hour" has nothing before it.
  if (sides[0]?.length === 0) sides[0] = ['one'];
  return sides;
}

function productOf(words: readonly string[]): string | undefined {
  const factors: string[] = [];
  for (let at = 0; at < words.length;) {
    const power = own(POWERS, words[at] ?? '');
    if (power !== undefined) at += 1;
    const found = longestSymbol(words, at);
    if (!found) return undefined;
    at += found.length;
    const after = own(AFTER, words[at] ?? '');
    if (after !== undefined) at += 1;
    const symbol = own(IN_PRODUCTS, found.symbol) ?? found.symbol;
    const exponent = power ?? after;
    if (exponent !== undefined && /[./]/.test(symbol)) return undefined;
    factors.push(exponent === undefined ? symbol : `${symbol}${exponent}`);
  }
  return factors.length === 0 ? undefined : factors.join('.');
}

/** The most words that name one unit together: `volt ampere reactive` before `volt ampere`. */
function longestSymbol(words: readonly string[], at: number): { symbol: string; length: number } | undefined {
  for (let length = Math.min(4, words.length - at); length > 0; length--) {
    const symbol = symbolOf(words.slice(at, at + length).join(''));
    if (symbol !== undefined) return { symbol, length };
  }
  return undefined;
}

function symbolOf(word: string): string | undefined {
  const plain = wordOf(word);
  if (plain !== undefined) return plain;
  for (const [table, scale] of [
    [PREFIXES, ''],
    [LARGE_BINARY, ''],
  ] as const) {
    for (const [name, prefix] of Object.entries(table)) {
      if (!word.startsWith(name)) continue;
      const symbol = wordOf(word.slice(name.length));
      if (symbol !== undefined && !/^[[\d%]|\//.test(symbol)) return scale + prefix + symbol;
    }
  }
  if (word.startsWith('deci') && word.endsWith('bel')) return 'dB';
  return undefined;
}

function wordOf(word: string): string | undefined {
  return own(WORDS, word) ?? (word.endsWith('s') ? own(WORDS, word.slice(0, -1)) : undefined);
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
