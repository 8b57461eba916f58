// An NGSI-LD entity, normalized, with forty members, and the steps to key-values of another vocabulary.
const NUMBERS = 16;
const TEXTS = 12;
const LEVELS = 6;
const TIMES = 4;
const LEVEL_CODES = [
  ['low', 'minor'],
  ['medium', 'moderate'],
  ['high', 'severe'],
];

const list = (count, of) => Array.from({ length: count }, (_, index) => of(index));
const property = (value, more = {}) => ({ type: 'Property', value, ...more });
const observedAt = '2026-01-01T12:00:00Z';

const ATTRIBUTES = [
  ...list(NUMBERS, (n) => [
    `measured${n}`,
    property(Number((n * 13.37 + 0.25).toFixed(2)), { unitCode: 'KWT', observedAt }),
    `reading${n}`,
  ]),
  ...list(TEXTS, (n) => [`text${n}`, property(`what stands in the text number ${n}`), `label${n}`]),
  ...list(LEVELS, (n) => [`level${n}`, property(LEVEL_CODES[n % 3][0], { observedAt }), `severity${n}`]),
  ...list(TIMES, (n) => [`since${n}`, property(1_767_268_800 + n * 60), `from${n}`]),
];

/** The entity as JSON text. */
export const ENTITY = JSON.stringify({
  id: 'urn:ngsi-ld:Device:4711',
  type: 'Device',
  ...Object.fromEntries(ATTRIBUTES.map(([name, attribute]) => [name, attribute])),
});

const SCHEMA = { type: 'object' };

/** The steps, as a plan has them. */
export const STEPS = [
  { name: 'decode', parameters: { format: 'ngsi-ld', options: {} }, schema: SCHEMA },
  {
    name: 'move',
    parameters: {
      moves: [['id', 'id'], ['type', 'type'], ...ATTRIBUTES.map(([from, , to]) => [from, to])].map(([from, to]) => ({
        from: `/${from}`,
        to: `/${to}`,
      })),
    },
  },
  {
    name: 'unit',
    parameters: { conversions: list(NUMBERS / 2, (n) => ({ at: `/reading${n * 2}`, from: 'kW', to: 'W', integer: false })) },
  },
  { name: 'codes', parameters: { crosswalks: list(LEVELS, (n) => ({ at: `/severity${n}`, codes: LEVEL_CODES, otherwise: 'refuse' })) } },
  {
    name: 'time',
    parameters: { conversions: list(TIMES, (n) => ({ at: `/from${n}`, from: { format: 'epoch-s' }, to: { format: 'rfc3339' } })) },
  },
  { name: 'encode', parameters: { format: 'ngsi-ld-key-values', options: {} } },
];
