import { DomainError } from '../../problems/domain-error.js';
import { IMPORT_EXAMPLES } from './dto/examples.js';
import { featureNameFor, FeatureNames } from './feature-names.js';
import type { ImportFormat } from './import-format.js';
import { readerFor } from './import-readers.js';
import { guessDomain } from './domain-guess.js';
import { readDocuments } from './source-documents.js';

function refusalOf(work: () => unknown): DomainError {
  try {
    work();
  } catch (error) {
    if (error instanceof DomainError) return error;
  }
  throw new Error('It was not refused.');
}

describe('the format of a document', () => {
  it.each([
    ['thing', 'td'],
    ['dtdl', 'dtdl'],
    ['entity', 'ngsi-ld'],
    ['registration', 'ngsi-ld-registration'],
    ['shell', 'aas'],
  ] as const)('of the example %s is told by itself: %s', (name, format) => {
    expect(readerFor(IMPORT_EXAMPLES[name].value).reader.format).toBe(format);
  });

  it.each([
    ['nothing known', { hello: 'world' }, ''],
    ['an empty object', {}, ''],
    ['a list', [], ''],
    ['a number', 7, ''],
    ['null', null, ''],
    ['a profile of this broker', { name: 'A', domain: 'traffic', features: [] }, ''],
    ['GeoJSON', { type: 'FeatureCollection', features: [] }, ''],
    ['a JSON Schema', { $schema: 'https://json-schema.org/draft/2020-12/schema', type: 'object' }, ''],
    ['names that every object inherits', JSON.parse('{"__proto__":{"id":"urn:a","type":"T"}}'), ''],
  ])('is none for %s', (_what, document, pointer) => {
    const { code, pointer: found, detail } = refusalOf(() => readerFor(document));
    expect([code, found]).toEqual(['validation-failed', pointer]);
    expect(detail).toContain('DTDL');
  });

  it.each<[ImportFormat, unknown, string]>([
    ['td', IMPORT_EXAMPLES.entity.value, '/@context'],
    ['td', { '@context': 'https://www.w3.org/2022/wot/td/v1.1', properties: [] }, '/properties'],
    ['dtdl', IMPORT_EXAMPLES.thing.value, '/@type'],
    ['dtdl', { '@type': 'Interface', contents: 'none' }, '/contents'],
    ['ngsi-ld', IMPORT_EXAMPLES.registration.value, '/type'],
    ['ngsi-ld', { type: 'Road' }, '/id'],
    ['ngsi-ld-registration', IMPORT_EXAMPLES.entity.value, '/type'],
    ['aas', IMPORT_EXAMPLES.dtdl.value, '/id'],
    ['aas', { id: 'urn:a:1', modelType: 'Submodel' }, '/modelType'],
    ['aas', { assetAdministrationShells: [] }, '/assetAdministrationShells'],
  ])('%s is refused where the document is of another kind', (format, document, pointer) => {
    expect(refusalOf(() => readerFor(document, format)).pointer).toBe(pointer);
  });
});

describe('the documents of a body', () => {
  it('are itself, or the elements of an array, in their very words', () => {
    expect(readDocuments(' {"a": 1.0}\n').documents).toMatchObject([{ text: ' {"a": 1.0}\n' }]);
    expect(readDocuments(' [ {"a": 1.0} ,{"b":2e0}]').documents.map(({ text }) => text)).toEqual(['{"a": 1.0}', '{"b":2e0}']);
  });

  it.each([
    ['more than 1,000', `[${Array.from({ length: 1001 }, () => '{}').join()}]`, 'payload-too-large'],
    ['one over 1 MB', `{"a":"${'x'.repeat(1_048_576)}"}`, 'payload-too-large'],
    ['none', '[]', 'validation-failed'],
    ['nesting without end', '{"a":'.repeat(5_000), 'malformed-message'],
    ['U+0000', '{"a":"\\u0000"}', 'malformed-message'],
  ])('are refused when there are %s', (_what, text, code) => {
    expect(refusalOf(() => readDocuments(text)).code).toBe(code);
  });
});

describe('names of features', () => {
  it.each([
    ['trafficFlow', 'trafficFlow'],
    ['Länge über alles', 'Lange_uber_alles'],
    ['3dModel', 'n3dModel'],
    ['_hidden', 'hidden'],
    ['@value', 'value'],
    ['smør & straße', 'smor_strasse'],
    ['温度', 'feature'],
    ['__proto__', 'proto__'],
    ['x'.repeat(200), 'x'.repeat(128)],
  ])('%s becomes %s', (given, name) => {
    expect(featureNameFor(given)).toBe(name);
  });

  it('are each handed out once', () => {
    const names = new FeatureNames();
    expect(['a b', 'a_b', 'a b', 'a_b-2'].map((name) => names.take(name))).toEqual(['a_b', 'a_b-2', 'a_b-3', 'a_b-2-2']);
  });
});

describe('the domain', () => {
  it.each([
    ['Transportation', [], 'traffic'],
    ['Building', [], 'building'],
    ['WasteWater', [], 'water'],
    ['Streetlighting', [], 'energy'],
    ['TourismDestinations', ['Museum'], 'tourism-destinations'],
    [undefined, ['BikeHireDockingStation'], 'traffic'],
    [undefined, ['AirQualityObserved'], 'environment'],
    [undefined, ['Thingamajig'], undefined],
  ])('of the subject %s and the hints %j is %s', (subject, hints, domain) => {
    expect(guessDomain(subject, hints)).toBe(domain);
  });
});
