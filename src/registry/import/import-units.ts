import { UnitRefused } from '../../dictionary/unit/unit-refused.js';
import type { Units } from '../../dictionary/unit/units.js';
import type { ForeignUnits } from './unit-reader.js';

const PREFIXED_QUDT = /^(?:unit|qudt|qudt-unit):([A-Za-z0-9_-]+)$/;
/** Words that Thing Descriptions have for units, which no vocabulary holds. */
const WORDS: Readonly<Record<string, string>> = {
  celsius: 'Cel',
  fahrenheit: '[degF]',
  percent: '%',
  percentage: '%',
  degrees: 'deg',
  celcius: 'Cel',
};

/** The dictionary's units for readers: first as the vocabulary that the format uses, then as anything that can be read. */
export function importUnits(units: Units): ForeignUnits {
  const read = (code: string): { code: string } | undefined => {
    try {
      return units.read(code);
    } catch (error) {
      if (error instanceof UnitRefused) return undefined;
      throw error;
    }
  };
  return {
    readForeign: (given, hint) => {
      const code = given.trim();
      if (hint !== 'qudt') return units.readForeign(code, hint) ?? read(code);
      const term = PREFIXED_QUDT.exec(code)?.[1];
      const word = code.toLowerCase();
      return (
        (term === undefined ? undefined : units.readForeign(term, 'qudt')) ??
        read(code) ??
        units.readForeign(code, 'dtdl') ??
        units.readForeign(code, 'qudt') ??
        (Object.hasOwn(WORDS, word) ? read(WORDS[word] ?? '') : undefined)
      );
    },
  };
}
