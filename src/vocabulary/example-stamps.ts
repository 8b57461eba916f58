/**
 * Stand-ins in the examples of the OpenAPI document. Each time the document is served they are replaced by a fresh message id and the present
 * time, so that the examples run as they are: a message must not be older than the idempotency window.
 */
export const EXAMPLE_MESSAGE_ID = '00000000-0000-4000-8000-000000000000';
export const EXAMPLE_TIMESTAMP = '2000-01-01T00:00:00.000Z';
