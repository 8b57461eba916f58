import { unitOfWords } from './unit-words.js';

const NAME = /^[a-z][A-Za-z0-9]{1,80}$/;
/** Names whose words mislead: DTDL's pound, ounce and ton are forces where it lists them, but masses in the same list; mass is the common reading. */
const IRREGULAR: Readonly<Record<string, string>> = {
  kilowattHourPerYear: 'kW.h/a',
  kilowattHour: 'kW.h',
  decibel: 'dB',
  footcandle: 'lm/[sft_i]',
  gForce: '[g]',
  cubicFoot: '[cft_i]',
  cubicInch: '[cin_i]',
  squareFoot: '[sft_i]',
  squareInch: '[sin_i]',
};

/** The UCUM text of a unit of DTDL v2, v3 or v4: its list is made of English words in camel case, and read as such. */
export function dtdlUnit(name: string): string | undefined {
  if (!NAME.test(name)) return undefined;
  if (Object.hasOwn(IRREGULAR, name)) return IRREGULAR[name];
  return unitOfWords(name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).split(' '));
}
