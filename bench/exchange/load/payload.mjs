/** The payload of every message: about 1 KB of JSON, of a form that the schema describes. */
const LANES = Array.from({ length: 14 }, (_, lane) => ({
  lane,
  intensity: 1_240 + lane * 17,
  averageSpeed: 31.5 + lane,
  occupancy: 0.125 * (lane % 8),
}));
const REST = {
  road: 'urn:example:road:A40',
  observedBy: 'induction loops between the harbour bridge and the station',
  lanes: LANES,
};

/** JSON Schema of the feature that is sent. */
export const SCHEMA = {
  type: 'object',
  required: ['n', 'road', 'lanes'],
  additionalProperties: false,
  properties: {
    n: { type: 'integer', minimum: 0 },
    road: { type: 'string', maxLength: 100 },
    observedBy: { type: 'string', maxLength: 200 },
    lanes: {
      type: 'array',
      maxItems: 20,
      items: {
        type: 'object',
        required: ['lane', 'intensity', 'averageSpeed'],
        properties: {
          lane: { type: 'integer' },
          intensity: { type: 'number', minimum: 0 },
          averageSpeed: { type: 'number', minimum: 0 },
          occupancy: { type: 'number', minimum: 0, maximum: 1 },
        },
      },
    },
  },
};

/** The payload with its number, as an object. */
export const payloadOf = (n) => ({ n, ...REST });

const TAIL = JSON.stringify(REST).slice(1);

/** The same as JSON text. */
export const payloadText = (n) => `{"n":${n},${TAIL}`;

/** What a sender writes around and between its message ids, times and numbers. */
export function messageWriter(sender, receiver, { lane } = {}) {
  const header = {
    version: '1.0',
    messageType: 'NOTIFICATION',
    sender: { id: sender, role: 'DT' },
    receiver: { id: receiver, role: 'DT' },
    ...(lane === undefined ? {} : { lane }),
  };
  const middle = `","version":${JSON.stringify(header).slice('{"version":'.length, -1)}},"data":{"action":"PROVIDE","object":{"type":"data","id":"flow"},"payload":`;
  return (messageId, n) => `{"header":{"messageId":"${messageId}","timestamp":"${new Date().toISOString()}${middle}${payloadText(n)}}}`;
}

/** The number that a payload begins with, read without parsing the rest. */
export function numberIn(text, from = 0) {
  const start = text.indexOf('{"n":', from) + '{"n":'.length;
  return Number(text.slice(start, text.indexOf(',', start)));
}
