/**
 * Status codes of a RESPONSE with their numbers. Ours (grade P in the project's reading of Y.4605: the official enumeration is not public);
 * inside, the names are a closed union, on the wire they go through the vocabulary file of the message's version.
 */
export const STATUS_NUMBERS = {
  OK: 200,
  CREATED: 201,
  ACCEPTED: 202,
  NO_CONTENT: 204,
  MALFORMED_MESSAGE: 400,
  VERSION_UNSUPPORTED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  POLICY_DENIED: 403,
  OBJECT_NOT_FOUND: 404,
  RECEIVER_UNKNOWN: 404,
  ACTION_NOT_APPLICABLE: 405,
  ALREADY_EXISTS: 409,
  STATE_CONFLICT: 409,
  EXPIRED: 410,
  PAYLOAD_INVALID: 422,
  ADAPTATION_UNSUPPORTED: 422,
  SEMANTIC_UNRESOLVED: 422,
  RATE_LIMITED: 429,
  PEER_UNREACHABLE: 502,
  PEER_TIMEOUT: 504,
  LOOP_DETECTED: 508,
  HOPS_EXCEEDED: 508,
} as const;

/** The outcome a RESPONSE carries. */
export type StatusCode = keyof typeof STATUS_NUMBERS;

/** All status codes, in the order of their numbers. */
export const STATUS_CODES = Object.keys(STATUS_NUMBERS) as StatusCode[];

/** Whether the code says that the request was carried out or is under way. */
export function isSuccess(code: StatusCode): boolean {
  return STATUS_NUMBERS[code] < 300;
}
