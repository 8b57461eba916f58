const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** Stays, for the operations after it. */
export const ROAD_SCHEMA = {
  $schema: DIALECT,
  $id: 'https://example.org/schemas/road.json',
  title: 'Roads',
  $defs: { roadName: { type: 'string', pattern: '^[A-Z][0-9]{1,3}$' }, direction: { enum: ['north', 'south'] } },
};

/** Is registered and removed again. */
export const TEMPORARY_SCHEMA = {
  $schema: DIALECT,
  $id: 'https://example.org/schemas/temporary.json',
  title: 'Temporary',
  $defs: {
    closure: {
      type: 'object',
      properties: { road: { $ref: 'road.json#/$defs/roadName' }, until: { type: 'string', format: 'date-time' } },
    },
  },
};
