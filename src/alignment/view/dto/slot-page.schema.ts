import { MISSING_REASONS } from '../../member/member.js';

/** A JSON Schema. */
type Schema = Record<string, unknown>;

const INSTANT: Schema = { type: 'string', format: 'date-time' };
const BY_COLUMN = (schema: Schema): Schema => ({ type: 'object', additionalProperties: schema });

/** A page of slots, as the broker writes it: each slot is the text that was published. */
export const SLOT_PAGE_SCHEMA: Schema = {
  type: 'object',
  required: ['items'],
  properties: {
    items: {
      type: 'array',
      items: {
        type: 'object',
        required: ['view', 'version', 'slot', 'revision', 'rows', 'missing', 'missingCount'],
        properties: {
          view: { type: 'string' },
          version: { type: 'integer', description: 'Of the definition.' },
          slot: { type: 'object', required: ['from', 'to'], properties: { from: INSTANT, to: INSTANT } },
          revision: { type: 'integer', description: 'How often it was corrected.' },
          rows: {
            type: 'array',
            items: {
              type: 'object',
              required: ['values'],
              properties: {
                twin: { type: 'string' },
                place: { type: 'string' },
                values: BY_COLUMN({ type: 'number' }),
                held: { type: 'array', items: { type: 'string' }, description: 'Columns whose value is from before the slot.' },
                members: BY_COLUMN({ type: 'integer', description: 'How many twins the value is of.' }),
                nearest: BY_COLUMN({
                  type: 'object',
                  required: ['twin', 'meters'],
                  properties: { twin: { type: 'string' }, meters: { type: 'number' } },
                }),
              },
            },
          },
          missing: {
            type: 'array',
            description: 'Members without a value; at most 1,000 are named.',
            items: {
              type: 'object',
              required: ['twin', 'column', 'reason'],
              properties: { twin: { type: 'string' }, column: { type: 'string' }, reason: { type: 'string', enum: [...MISSING_REASONS] } },
            },
          },
          missingCount: { type: 'integer' },
        },
      },
    },
    next: { type: 'string', description: 'Cursor of the next page; absent on the last.' },
  },
};
