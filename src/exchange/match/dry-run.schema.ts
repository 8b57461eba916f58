/** Schemas of the answer, for the OpenAPI document. */
type Schema = Record<string, unknown>;

const TWIN: Schema = { type: 'string', example: 'urn:example:twin:traffic' };

const RECEIVER: Schema = {
  type: 'object',
  required: ['receiver', 'connectionId', 'planVersion'],
  properties: {
    receiver: TWIN,
    connectionId: { type: 'string', nullable: true },
    planVersion: { type: 'integer', nullable: true },
    status: { type: 'string', enum: ['ACTIVE', 'STALE'] },
    repeatable: { type: 'boolean', description: 'Asking it although another has the REQUEST in hand does no harm.' },
    score: { type: 'number', description: 'By relevance.' },
    meters: { type: 'number', description: 'By distance.' },
    load: { type: 'integer', description: 'Of anyOf: messages that wait for it, are in its hands or were given back.' },
  },
};

const OTHER: Schema = {
  type: 'object',
  required: ['receiver', 'reason', 'detail'],
  properties: {
    receiver: TWIN,
    reason: { type: 'string', enum: ['not-connected', 'not-matching', 'not-healthy', 'refused'] },
    detail: { type: 'string' },
    criteria: { type: 'array', items: { type: 'object', additionalProperties: true }, description: 'What of the query speaks against it.' },
  },
};

/** What sending a message would do, for the OpenAPI document. */
export const DRY_RUN_SCHEMA: Schema = {
  type: 'object',
  required: ['outcome', 'sender', 'receivers', 'published', 'next', 'others'],
  properties: {
    outcome: { type: 'string', enum: ['accepted', 'repeated', 'refused'] },
    sender: TWIN,
    receivers: { type: 'array', items: RECEIVER, description: 'Who would get it.' },
    published: { type: 'boolean', description: 'It would be published, to whoever has subscribed.' },
    next: { type: 'array', items: RECEIVER, description: 'Who would be asked next, in this order.' },
    others: { type: 'array', items: OTHER, description: 'Why others would not get it, of those that the sender may see; at most 20.' },
    problem: { type: 'object', additionalProperties: true, description: 'What sending it would be refused with (problem+json).' },
  },
};
