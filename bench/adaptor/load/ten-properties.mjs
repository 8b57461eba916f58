// One feature as two twins speak of it: ten properties under other names, half of them in other units.
const TERM = 'https://bench.example/terms#';

/** Name, unit and name, unit on the other side; without units, it is renamed only. */
const PROPERTIES = [
  ['n', undefined, 'number'],
  ['speed', 'm/s', 'averageSpeed', 'km/h'],
  ['temperature', 'Cel', 'airTemperature', 'K'],
  ['pressure', 'hPa', 'airPressure', 'Pa'],
  ['visibility', 'm', 'sight', 'km'],
  ['power', 'kW', 'load', 'W'],
  ['occupancy', undefined, 'share'],
  ['road', undefined, 'street'],
  ['isOpen', undefined, 'open'],
  ['direction', undefined, 'heading'],
];
const TYPES = { n: 'integer', road: 'string', isOpen: 'boolean', direction: 'string' };

const propertyOf = (source, unit) => ({
  type: TYPES[source] ?? 'number',
  'x-term': TERM + source,
  ...(unit === undefined ? {} : { 'x-unit': unit }),
});

function schemaOf(entries) {
  const properties = Object.fromEntries(entries.map(([name, source, unit]) => [name, propertyOf(source, unit)]));
  return { type: 'object', properties, required: Object.keys(properties), additionalProperties: false };
}

/** Schema of the sender. */
export const SENT = schemaOf(PROPERTIES.map(([name, unit]) => [name, name, unit]));
/** Schema of the receiver. */
export const WANTED = schemaOf(PROPERTIES.map(([source, , name, unit]) => [name, source, unit]));

/** The steps between them, as a plan has them. */
export const STEPS = [
  { name: 'move', parameters: { moves: PROPERTIES.map(([from, , to]) => ({ from: `/${from}`, to: `/${to}` })) } },
  {
    name: 'unit',
    parameters: {
      conversions: PROPERTIES.filter(([, unit]) => unit !== undefined).map(([, from, name, to]) => ({
        at: `/${name}`,
        from,
        to,
        integer: false,
      })),
    },
  },
];

const REST = JSON.stringify({
  speed: 13.75,
  temperature: 21.4,
  pressure: 1_013.2,
  visibility: 8_400,
  power: 4.25,
  occupancy: 0.375,
  road: 'urn:example:road:A40',
  isOpen: true,
  direction: 'north-east',
}).slice(1);

/** A value with its number, as JSON text. */
export const valueText = (n) => `{"n":${n},${REST}`;

/** The number in a value of either side. */
export function numberOf(text) {
  const { n, number } = JSON.parse(text);
  return n ?? number;
}
