/** The largest message accepted, in bytes of JSON text. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** The most messages in one array. */
export const MAX_BATCH_MESSAGES = 1_000;
/** How deep a message may nest. */
export const MAX_MESSAGE_DEPTH = 64;
/** Lifetime of a message that asks for none, in milliseconds; at most the retention. */
export const DEFAULT_TTL_MS = 86_400_000;
/** How long a REQUEST that says nothing waits for its answer, in milliseconds. */
export const DEFAULT_REQUEST_TTL_MS = 30_000;
/** Passes through brokers that a message may make when it says nothing. */
export const DEFAULT_HOP_LIMIT = 8;
