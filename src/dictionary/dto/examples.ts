/**
 * The vocabulary and terms of the OpenAPI examples. Every operation's first example works as it is, in the order of the document, again and again: PUT
 * and import are idempotent, and DELETE takes away what POST brought.
 */
export const CITY_VOCABULARY = {
  id: 'urn:example:vocabulary:city',
  titles: { en: 'Words of our city', de: 'Wörter unserer Stadt' },
  descriptions: { en: 'What our traffic office calls things.' },
  license: 'https://creativecommons.org/licenses/by/4.0/',
};

export const TEMPORARY_VOCABULARY = { id: 'urn:example:vocabulary:temporary', titles: { en: 'A vocabulary for a moment' } };

export const SPEED_TERM = {
  iri: 'urn:example:vocabulary:city:tempo',
  vocabulary: CITY_VOCABULARY.id,
  labels: { en: 'Speed of traffic', de: 'Tempo des Verkehrs' },
  alternativeLabels: { en: ['traffic speed'] },
  definitions: { en: 'Mean speed of the vehicles that passed a loop within five minutes.' },
  notations: ['tempo', 'TMP5'],
  exactMatch: ['https://smartdatamodels.org/dataModel.Transportation/averageVehicleSpeed'],
  valueType: 'number',
  unit: 'km/h',
};

export const STATE_TERM = {
  iri: 'urn:example:vocabulary:city:road-state',
  vocabulary: CITY_VOCABULARY.id,
  labels: { en: 'State of a road' },
  notations: ['roadState'],
  valueType: 'enumeration',
  values: [
    {
      code: '1',
      labels: { en: 'open', de: 'frei' },
      exactMatch: [{ term: 'https://smartdatamodels.org/dataModel.Transportation/status', code: 'open' }],
    },
    { code: '2', labels: { en: 'closed', de: 'gesperrt' } },
  ],
};

export const IMPORTED_DOCUMENT = {
  '@context': { skos: 'http://www.w3.org/2004/02/skos/core#' },
  '@graph': [
    {
      '@id': 'urn:example:vocabulary:city:noise',
      '@type': 'skos:Concept',
      'skos:prefLabel': [
        { '@language': 'en', '@value': 'Noise' },
        { '@language': 'fr', '@value': 'Bruit' },
      ],
      'skos:notation': 'noise',
      'skos:scopeNote': { '@language': 'en', '@value': 'Scope notes are not kept.' },
    },
  ],
};

export const IMPORTED_TURTLE = `@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<urn:example:vocabulary:city:noise> a skos:Concept ;
  skos:prefLabel "Noise"@en, "Bruit"@fr ;
  skos:notation "noise" .
`;
