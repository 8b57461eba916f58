import fc from 'fast-check';
import { CsvFormat } from '../../src/adaptor/format/csv/csv.format.js';
import { JsonFormat } from '../../src/adaptor/format/json/json.format.js';
import { NgsiLdConciseFormat } from '../../src/adaptor/format/ngsi-ld-concise/ngsi-ld-concise.format.js';
import { NgsiLdKeyValuesFormat } from '../../src/adaptor/format/ngsi-ld-key-values/ngsi-ld-key-values.format.js';
import { NgsiLdFormat } from '../../src/adaptor/format/ngsi-ld/ngsi-ld.format.js';
import { PAYLOAD_FORMATS } from '../../src/adaptor/format/payload-formats.js';
import { XmlFormat } from '../../src/adaptor/format/xml/xml.format.js';
import { payloadFormatContract, type FormatUnderTest } from './payload-format.js';
import { typedObject, typedValue, valueOf, type TypedValue } from './typed-values.js';

const PROTOTYPE = JSON.parse('{"id":"urn:a","type":"T","__proto__":{"polluted":true}}') as unknown;

const ENTITIES = typedObject.map(({ schema, value }): TypedValue => {
  const properties = { ...(schema.properties as object), id: { type: 'string' }, type: { type: 'string' } };
  return {
    schema: { ...schema, properties, required: ['id', 'type'] },
    value: { ...(value as object), id: 'urn:ngsi-ld:Thing:1', type: 'Thing' },
  };
});

const entities = (
  format: FormatUnderTest['format'],
  more: { options?: readonly unknown[]; invalid?: readonly unknown[]; bad?: Readonly<Record<string, unknown>> } = {},
): FormatUnderTest => ({
  format,
  options: [
    undefined,
    { id: 'urn:ngsi-ld:Thing:1', type: 'Other', context: ['https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld'] },
    ...(more.options ?? []),
  ],
  invalidOptions: [{ id: 'no uri' }, { type: '' }, { type: 5 }, { context: 7 }, { context: [] }, ...(more.invalid ?? [])],
  values: ENTITIES,
  around: (member) => ({ id: 'urn:a', type: 'T', member }),
  bad: {
    'a scalar': 5,
    null: null,
    'no id': { type: 'T' },
    'no type': { id: 'urn:a' },
    'an id that is a number': { id: 5, type: 'T' },
    'an array with something else': [{ id: 'urn:a', type: 'T' }, 5],
    ...more.bad,
  },
  withPrototype: [PROTOTYPE, [PROTOTYPE]],
});

const ATTRIBUTE_OPTIONS = {
  options: [{ unitCodes: { speed: 'KMH' }, observedAt: 'n' }],
  invalid: [{ kinds: { a: 'Thing' } }, { unitCodes: { a: 'km/h' } }, { unitCodes: [] }, { observedAt: 1 }],
};

payloadFormatContract({
  format: new JsonFormat(),
  options: [undefined],
  invalidOptions: [],
  values: typedValue,
  around: (member) => ({ member }),
  bad: {},
  withPrototype: [PROTOTYPE],
});
payloadFormatContract(
  entities(new NgsiLdFormat(), {
    ...ATTRIBUTE_OPTIONS,
    bad: {
      'an attribute without a type': { id: 'urn:a', type: 'T', speed: { value: 5 } },
      'an attribute that is its value': { id: 'urn:a', type: 'T', speed: 5 },
      'an attribute of an unknown type': { id: 'urn:a', type: 'T', speed: { type: 'Wish', value: 5 } },
      'a property without a value': { id: 'urn:a', type: 'T', speed: { type: 'Property', object: 5 } },
      'several instances, none of them the default': {
        id: 'urn:a',
        type: 'T',
        speed: [
          { type: 'Property', value: 1, datasetId: 'urn:1' },
          { type: 'Property', value: 2, datasetId: 'urn:2' },
        ],
      },
    },
  }),
);
payloadFormatContract(entities(new NgsiLdConciseFormat(), ATTRIBUTE_OPTIONS));
payloadFormatContract(entities(new NgsiLdKeyValuesFormat(), { invalid: [{ unitCodes: { speed: 'KMH' } }] }));

const TABLES = typedObject.chain(({ schema, value }): fc.Arbitrary<TypedValue> =>
  fc.oneof(
    fc.constant({ schema, value }),
    fc.array(valueOf(schema), { maxLength: 3 }).map((rows) => ({ schema: { type: 'array', items: schema }, value: rows })),
  ),
);

payloadFormatContract({
  format: new CsvFormat(),
  options: [
    undefined,
    { decimal: ',', nullAs: 'NULL' },
    { header: false },
    {
      columns: [
        { name: 'v [km/h]', pointer: '/speed' },
        { name: 'in', pointer: '/a b/speed' },
      ],
    },
  ],
  invalidOptions: [
    { delimiter: '"' },
    { delimiter: 'ab' },
    { decimal: ',', delimiter: ',' },
    { rows: 'some' },
    { columns: [] },
    { columns: [{ pointer: '/a' }] },
    { columns: [{ name: 'a' }, { name: 'a', pointer: '/b' }] },
    {
      columns: [
        { name: 'a', pointer: '/x' },
        { name: 'b', pointer: '/x/y' },
      ],
    },
    { columns: [{ name: 'a', pointer: '/__proto__/polluted' }] },
    { columns: [{ name: 'a', type: 'date' }] },
  ],
  values: TABLES,
  around: (member) => [{ member }],
  bad: {
    'no text': 5,
    empty: '',
    'a row with a cell too many': 'a,b\r\n1,2,3\r\n',
    'a row with a cell too few': 'a,b\r\n1\r\n',
    'an open quote': 'a,b\r\n"1,2\r\n',
    'a quote within a cell': 'a,b\r\n1"2,3\r\n',
    'a column that comes twice': 'a,a\r\n1,2\r\n',
    'a column without a name': 'a,\r\n1,2\r\n',
  },
  withPrototype: ['__proto__,a\r\n1,2\r\n', 'constructor,toString\r\n1,2\r\n'],
});

payloadFormatContract({
  format: new XmlFormat(),
  options: [undefined, { root: 'observation', namespace: 'urn:example:a&b' }],
  invalidOptions: [{ root: 'a b' }, { root: '1a' }, { root: 'x:y' }, { root: '__proto__' }, { namespace: 'no uri' }],
  values: typedValue,
  mayRefuse: (value) => /\\u00[01]|[\uFFFE\uFFFF]/.test(JSON.stringify(value)),
  around: (member) => ({ member }),
  bad: {
    'no text': 5,
    empty: '',
    'text alone': 'value',
    JSON: '{"value":1}',
    'an open element': '<value>',
    'crossed elements': '<value><a><b></a></b></value>',
    'two roots': '<value/><value/>',
    'text behind the root': '<value/>x',
    'an attribute without quotes': '<value a=1/>',
    'an attribute twice': '<value a="1" a="2"/>',
    'another root': '<other/>',
    'a character that XML does not know': '<value>\u0001</value>',
    'the same by reference': '<value>&#1;</value>',
    'a document type': '<!DOCTYPE value [<!ENTITY a "b">]><value>&a;</value>',
    'a billion laughs': `<!DOCTYPE v [<!ENTITY a "ha">${Array.from({ length: 20 }, (_, n) => `<!ENTITY a${n} "&a;&a;">`).join('')}]><value>&a19;</value>`,
    'an external entity': '<!DOCTYPE value [<!ENTITY x SYSTEM "file:///etc/passwd">]><value>&x;</value>',
    'an external document type': '<!DOCTYPE value SYSTEM "http://127.0.0.1/x.dtd"><value/>',
    'an entity nobody declared': '<value>&nbsp;</value>',
    'an open reference': '<value>a & b</value>',
    'another charset': '<?xml version="1.0" encoding="ISO-8859-1"?><value/>',
    'deep nesting': `<value>${'<a>'.repeat(1_000)}${'</a>'.repeat(1_000)}</value>`,
  },
  withPrototype: [
    '<value><__proto__><polluted>1</polluted></__proto__></value>',
    '<value><_x005F_proto__><polluted>1</polluted></_x005F_proto__></value>',
    '<value __proto__="1"/>',
    '<value><constructor><prototype><polluted>1</polluted></prototype></constructor></value>',
  ],
});

it('offers no format that is not held to the contract here', () => {
  expect(PAYLOAD_FORMATS).toEqual([JsonFormat, NgsiLdFormat, NgsiLdConciseFormat, NgsiLdKeyValuesFormat, CsvFormat, XmlFormat]);
});
