import { dtdlUnit } from './dtdl-units.js';
import { qudtUnit } from './qudt-units.js';
import { rec20Unit } from './rec20-units.js';

/** Whose code it is: UN/CEFACT Recommendation 20 (NGSI-LD `unitCode`), DTDL v2 to v4, or QUDT. */
export type ForeignVocabulary = 'unece' | 'dtdl' | 'qudt';

const UCUM_IRI = /^https?:\/\/(?:www\.)?(?:opengis\.net\/def\/uom\/UCUM\/|unitsofmeasure\.org\/?#?|ucum\.org\/?#?)(.+)$/;
const QUDT = /^(?:https?:\/\/(?:www\.)?qudt\.org\/(?:[\d.]+\/)?vocab\/unit[/#]|unit:)(.+)$/;
const UNECE =
  /^(?:https?:\/\/(?:www\.|vocabulary\.)?(?:unece|uncefact|unece\.org)\.?[^ ]*[/#]|(?:rec20|unece|uncefact|UN_ECE|unitMTSML)[:#])([A-Z0-9]{1,3})$/i;
const DTMI = /^dtmi:[A-Za-z0-9_:]*?:([A-Za-z0-9_]+)(?:;\d+(?:\.\d+)?)?$/;

/** The UCUM text of a code of another vocabulary; undefined for one that is not known. An IRI or a prefix in the code wins over the hint. */
export function foreignUnit(code: string, hint?: ForeignVocabulary): string | undefined {
  const qudt = QUDT.exec(code)?.[1];
  if (qudt !== undefined) return qudtUnit(qudt);
  const unece = UNECE.exec(code)?.[1];
  if (unece !== undefined) return rec20Unit(unece.toUpperCase());
  const dtmi = DTMI.exec(code)?.[1];
  if (dtmi !== undefined) return dtdlUnit(dtmi);
  const ucum = UCUM_IRI.exec(code)?.[1];
  if (ucum !== undefined) return decoded(ucum);
  switch (hint) {
    case 'qudt':
      return qudtUnit(code);
    case 'dtdl':
      return dtdlUnit(code);
    case 'unece':
      return rec20Unit(code);
    case undefined:
      return rec20Unit(code) ?? dtdlUnit(code);
  }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
