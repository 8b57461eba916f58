import fc from 'fast-check';
import { CborFormat } from '../../src/adaptor/format/cbor/cbor.format.js';
import { CsvFormat } from '../../src/adaptor/format/csv/csv.format.js';
import { JsonFormat } from '../../src/adaptor/format/json/json.format.js';
import { NgsiLdConciseFormat } from '../../src/adaptor/format/ngsi-ld-concise/ngsi-ld-concise.format.js';
import { NgsiLdKeyValuesFormat } from '../../src/adaptor/format/ngsi-ld-key-values/ngsi-ld-key-values.format.js';
import { NgsiLdFormat } from '../../src/adaptor/format/ngsi-ld/ngsi-ld.format.js';
import { PAYLOAD_FORMATS } from '../../src/adaptor/format/payload-formats.js';
import { SenmlFormat } from '../../src/adaptor/format/senml/senml.format.js';
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

const bytes = (hex: string): string => Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('base64url');

payloadFormatContract({
  format: new CborFormat(),
  options: [undefined],
  invalidOptions: [],
  values: typedValue,
  around: (member) => ({ member }),
  bad: {
    'no base64url': 'a+b/',
    'no text': 5,
    empty: '',
    'trailing bytes': bytes('01 01'),
    'an array that ends early': bytes('82 01'),
    'an array that says it is huge': bytes('9b 00 00 00 01 00 00 00 00'),
    'a map that says it is huge': bytes('ba ff ff ff ff'),
    'a text that says it is huge': bytes('7a ff ff ff ff'),
    'deep nesting': bytes('81'.repeat(1_000) + '01'),
    'indefinite nesting': bytes('9f'.repeat(10_000)),
    'indefinite nesting, closed': bytes('9f'.repeat(1_000) + 'ff'.repeat(1_000)),
    'an indefinite array without its end': bytes('9f 01'),
    'an indefinite text': bytes('7f 61 61 ff'),
    'a break alone': bytes('ff'),
    'a break for a value': bytes('bf 61 61 ff'),
    NaN: bytes('f9 7e 00'),
    infinity: bytes('fb 7f f0 00 00 00 00 00 00'),
    undefined: bytes('f7'),
    'an unknown simple value': bytes('e0'),
    'a key twice': bytes('a2 61 61 01 61 61 02'),
    'a key that is a number': bytes('a1 01 02'),
    'a text that is not UTF-8': bytes('62 c3 28'),
    'a shared value': bytes('d8 1c 81 d8 1d 00'),
    'a packed table': bytes('d8 33 82 81 01 e0'),
    'a record definition': bytes('d9 df ff 83 01 81 61 61 01'),
    'a set': bytes('d9 01 02 81 01'),
    'a generic object': bytes('d8 1b 82 65 45 72 72 6f 72 61 61'),
    'a regular expression': bytes('d8 23 82 61 61'),
    'a decimal fraction with a monstrous exponent': bytes('c4 82 1b 7f ff ff ff ff ff ff ff 01'),
    'a decimal fraction of texts': bytes('c4 82 61 61 61 61'),
    'reserved additional information': bytes('1c'),
  },
  withPrototype: [
    bytes('a1 69 5f5f70726f746f5f5f a1 68 706f6c6c75746564 f5'),
    bytes('a1 6b 636f6e7374727563746f72 a1 68 706f6c6c75746564 f5'),
  ],
});

payloadFormatContract({
  format: new SenmlFormat(),
  options: [undefined, { layout: 'members', baseName: 'urn:dev:ow:10e2073a01080063:', units: { speed: 'km/h' }, time: 'n' }],
  invalidOptions: [
    { layout: 'rows' },
    { baseName: '_a' },
    { baseName: 'a b' },
    { units: { a: 5 } },
    { units: { a: '' } },
    { time: '__proto__' },
  ],
  values: typedObject,
  around: (member) => [{ n: 'a', vs: 'x', member }],
  bad: {
    'no array': { n: 'a', v: 1 },
    'an element that is no record': [5],
    'a record without a name': [{ v: 1 }],
    'a name that is none': [{ n: 'a b', v: 1 }],
    'a name that begins wrong': [{ n: '_a', v: 1 }],
    'a record without a value': [{ n: 'a' }],
    'two values': [{ n: 'a', v: 1, vs: 'x' }],
    'a value that is no number': [{ n: 'a', v: '1' }],
    'a base time that is no number': [{ bt: 'now', n: 'a', v: 1 }],
    'a version of the future': [{ bver: 11, n: 'a', v: 1 }],
    'a label that must be understood': [{ n: 'a', v: 1, must_: 1 }],
  },
  withPrototype: [JSON.parse('[{"n":"a","v":1,"__proto__":{"polluted":true}}]'), [{ n: 'a/__proto__/polluted', v: 1 }]],
});

it('offers no format that is not held to the contract here', () => {
  expect(PAYLOAD_FORMATS).toEqual([
    JsonFormat,
    NgsiLdFormat,
    NgsiLdConciseFormat,
    NgsiLdKeyValuesFormat,
    CsvFormat,
    XmlFormat,
    CborFormat,
    SenmlFormat,
  ]);
});

it.each([
  [new CsvFormat(), { columns: [{ name: 'speed', pointer: '/_/speed' }] }],
  [new SenmlFormat(), { layout: 'members', baseName: 'urn:dev:ow:10e2073a01080063:' }],
])('brings back an object that has to be there and holds nothing: %p', (format, options) => {
  const codec = format.compile(format.read(options), {
    type: 'object',
    properties: { _: { type: 'object', properties: { speed: { type: 'number' } } } },
    required: ['_'],
    additionalProperties: false,
  });
  expect(codec.decode(codec.encode({ _: {} }))).toEqual({ _: {} });
});
