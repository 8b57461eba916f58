import type { JsonSchemaDocument } from '../../registry/twin.js';
import { MISSING_REASONS } from '../member/member.js';
import type { ViewDefinition } from './view.js';

const INSTANT = { type: 'string', format: 'date-time' };
const COUNT = { type: 'integer', minimum: 0 };

/** What a slot of a view looks like, units included, as the schema of the feature on which it is published. */
export function slotSchema({ columns }: Pick<ViewDefinition, 'columns'>): JsonSchemaDocument {
  const names = columns.map(({ name }) => name);
  const byColumn = (schema: object): object => ({ type: 'object', properties: Object.fromEntries(names.map((name) => [name, schema])) });
  const values = Object.fromEntries(
    columns.map(({ name, unit }) => [name, { type: 'number', ...(unit === undefined ? {} : { 'x-unit': unit }) }]),
  );
  return {
    type: 'object',
    required: ['view', 'version', 'slot', 'revision', 'rows', 'missing', 'missingCount'],
    properties: {
      view: { type: 'string' },
      version: { type: 'integer', minimum: 1 },
      slot: { type: 'object', required: ['from', 'to'], properties: { from: INSTANT, to: INSTANT } },
      revision: COUNT,
      rows: {
        type: 'array',
        items: {
          type: 'object',
          required: ['values'],
          properties: {
            twin: { type: 'string' },
            place: { type: 'string' },
            values: { type: 'object', properties: values },
            held: { type: 'array', items: { enum: names } },
            members: byColumn(COUNT),
            nearest: byColumn({
              type: 'object',
              required: ['twin', 'meters'],
              properties: { twin: { type: 'string' }, meters: { type: 'number', minimum: 0, 'x-unit': 'm' } },
            }),
          },
        },
      },
      missing: {
        type: 'array',
        items: {
          type: 'object',
          required: ['twin', 'column', 'reason'],
          properties: { twin: { type: 'string' }, column: { enum: names }, reason: { enum: MISSING_REASONS } },
        },
      },
      missingCount: COUNT,
      omitted: { type: 'boolean' },
    },
  };
}
