import type { TermWrite } from '../term/term.repository.js';
import type { VocabularyContent } from '../term/term.js';
import { BUILDING_TERMS } from './building-terms.js';
import { contentOfBuiltin, URBAN, urbanIri } from './builtin-term.js';
import { EMERGENCY_TERMS } from './emergency-terms.js';
import { ENERGY_TERMS } from './energy-terms.js';
import { ENVIRONMENT_TERMS } from './environment-terms.js';
import { GENERIC_TERMS } from './generic-terms.js';
import { MOBILITY_TERMS } from './mobility-terms.js';
import { TRAFFIC_TERMS } from './traffic-terms.js';

/** Counts the editions of the built-in vocabulary: raise it with every change of its terms, or no broker takes the change over. */
export const URBAN_EDITION = 1;

/** What the built-in vocabulary says of itself. */
export const URBAN_VOCABULARY: VocabularyContent = {
  titles: {
    de: 'Städtisches Vokabular von twinfed',
    en: 'Urban vocabulary of twinfed',
    es: 'Vocabulario urbano de twinfed',
    fr: 'Vocabulaire urbain de twinfed',
  },
  descriptions: {
    en: 'Traffic, energy, buildings, environment and emergencies, with matches to SAREF, Smart Data Models and DTDL smart-city models. The matches are this project’s own judgement.',
  },
  license: 'https://www.apache.org/licenses/LICENSE-2.0',
};

/** The terms of the built-in vocabulary. */
export const URBAN_TERMS: readonly TermWrite[] = [
  ...GENERIC_TERMS,
  ...TRAFFIC_TERMS,
  ...MOBILITY_TERMS,
  ...ENERGY_TERMS,
  ...BUILDING_TERMS,
  ...ENVIRONMENT_TERMS,
  ...EMERGENCY_TERMS,
].map((term) => ({ iri: urbanIri(term.name), vocabulary: URBAN, content: contentOfBuiltin(term) }));
