import type { StatusCode } from '../vocabulary/status.js';

/** One kind of failure, as every face shows it. */
export interface ProblemKind {
  /** What went wrong, in a few words that never change. */
  readonly title: string;
  /** HTTP status of the REST face. */
  readonly http: number;
  /** Status code in a Y.4605-style RESPONSE (ours, graded P). */
  readonly status: StatusCode;
  /** How loudly the broker logs it: refusals of a caller's mistake are `debug`. */
  readonly log: 'debug' | 'info' | 'warn' | 'error';
}

/**
 * Every failure this product answers with. The code is the last part of the problem's `type` URI and never changes its meaning;
 * docs/problems.md explains each. A code that is not here does not compile.
 */
export const PROBLEMS = {
  'malformed-message': { title: 'The request body could not be read', http: 400, status: 'MALFORMED_MESSAGE', log: 'debug' },
  'validation-failed': { title: 'The request does not fit its schema', http: 400, status: 'MALFORMED_MESSAGE', log: 'debug' },
  'invalid-id': { title: 'The identifier is not valid', http: 400, status: 'MALFORMED_MESSAGE', log: 'debug' },
  'invalid-cursor': { title: 'The cursor does not belong to this list', http: 400, status: 'MALFORMED_MESSAGE', log: 'debug' },
  'version-unsupported': { title: 'The vocabulary version is not supported', http: 400, status: 'VERSION_UNSUPPORTED', log: 'debug' },
  unauthenticated: { title: 'A valid bearer token is required', http: 401, status: 'UNAUTHENTICATED', log: 'debug' },
  forbidden: { title: 'The caller may not do this', http: 403, status: 'FORBIDDEN', log: 'info' },
  'policy-denied': { title: 'A policy forbids this', http: 403, status: 'POLICY_DENIED', log: 'info' },
  'route-not-found': { title: 'There is no such path', http: 404, status: 'OBJECT_NOT_FOUND', log: 'debug' },
  'not-found': { title: 'There is no such thing, or the caller may not see it', http: 404, status: 'OBJECT_NOT_FOUND', log: 'debug' },
  'receiver-unknown': {
    title: 'The receiver is not known, or the sender may not see it',
    http: 404,
    status: 'RECEIVER_UNKNOWN',
    log: 'debug',
  },
  'no-candidate': { title: 'No twin matches that the message could go to', http: 404, status: 'RECEIVER_UNKNOWN', log: 'debug' },
  'method-not-allowed': { title: 'The path does not support this method', http: 405, status: 'ACTION_NOT_APPLICABLE', log: 'debug' },
  'action-not-applicable': {
    title: 'The action cannot be performed on this object in this direction',
    http: 405,
    status: 'ACTION_NOT_APPLICABLE',
    log: 'debug',
  },
  'not-acceptable': { title: 'The answer is not available in the form asked for', http: 406, status: 'MALFORMED_MESSAGE', log: 'debug' },
  'request-timeout': { title: 'The request did not arrive in time', http: 408, status: 'MALFORMED_MESSAGE', log: 'debug' },
  'already-exists': { title: 'The identifier is already in use', http: 409, status: 'ALREADY_EXISTS', log: 'debug' },
  'composition-cycle': { title: 'A twin would be a part of itself', http: 409, status: 'STATE_CONFLICT', log: 'debug' },
  'breaking-change': { title: 'The change would break who uses the feature', http: 409, status: 'STATE_CONFLICT', log: 'debug' },
  'state-conflict': { title: 'The present state does not allow this', http: 409, status: 'STATE_CONFLICT', log: 'debug' },
  'apply-refused': { title: 'Some twins of the set are refused', http: 409, status: 'STATE_CONFLICT', log: 'debug' },
  'plan-changed': { title: 'The plan is another one by now', http: 409, status: 'STATE_CONFLICT', log: 'debug' },
  'message-conflict': { title: 'The message id was used for another message', http: 409, status: 'STATE_CONFLICT', log: 'debug' },
  'inbox-draining': { title: 'The receiver takes no new messages', http: 409, status: 'STATE_CONFLICT', log: 'debug' },
  'not-leased': { title: 'The delivery is not leased under this token', http: 409, status: 'STATE_CONFLICT', log: 'debug' },
  expired: { title: 'Too late: the time for this is over', http: 410, status: 'EXPIRED', log: 'debug' },
  'already-answered': { title: 'The request has been answered already', http: 410, status: 'EXPIRED', log: 'debug' },
  superseded: { title: 'Another twin has been asked since', http: 410, status: 'EXPIRED', log: 'debug' },
  'precondition-failed': { title: 'The thing has changed since it was read', http: 412, status: 'STATE_CONFLICT', log: 'debug' },
  'payload-too-large': { title: 'The request is too large', http: 413, status: 'PAYLOAD_INVALID', log: 'debug' },
  'unsupported-media-type': { title: 'The content type is not supported here', http: 415, status: 'MALFORMED_MESSAGE', log: 'debug' },
  'payload-invalid': { title: 'The payload does not fit the schema of the feature', http: 422, status: 'PAYLOAD_INVALID', log: 'debug' },
  'schema-unresolvable': { title: 'A schema refers to one that is not registered', http: 422, status: 'PAYLOAD_INVALID', log: 'debug' },
  'semantic-unresolved': { title: 'Nobody has said what is meant', http: 422, status: 'SEMANTIC_UNRESOLVED', log: 'info' },
  'adaptation-unsupported': { title: 'The two sides cannot be bridged', http: 422, status: 'ADAPTATION_UNSUPPORTED', log: 'info' },
  'query-too-costly': { title: 'The search would take too long', http: 422, status: 'RATE_LIMITED', log: 'info' },
  'upgrade-required': { title: 'This path is spoken to by WebSocket', http: 426, status: 'MALFORMED_MESSAGE', log: 'debug' },
  'precondition-required': { title: 'The request needs an If-Match header', http: 428, status: 'STATE_CONFLICT', log: 'debug' },
  'rate-limited': { title: 'Too much at once', http: 429, status: 'RATE_LIMITED', log: 'info' },
  'inbox-full': { title: 'The inbox of the receiver is full', http: 429, status: 'RATE_LIMITED', log: 'debug' },
  'header-too-large': { title: 'The request headers are too large', http: 431, status: 'MALFORMED_MESSAGE', log: 'debug' },
  internal: { title: 'The broker failed', http: 500, status: 'PEER_UNREACHABLE', log: 'error' },
  'peer-unreachable': { title: 'The receiver could not be reached', http: 502, status: 'PEER_UNREACHABLE', log: 'info' },
  'database-unavailable': { title: 'The database cannot be used at the moment', http: 503, status: 'PEER_UNREACHABLE', log: 'warn' },
  'shutting-down': { title: 'The broker is stopping', http: 503, status: 'PEER_UNREACHABLE', log: 'info' },
  'peer-timeout': { title: 'The receiver did not answer in time', http: 504, status: 'PEER_TIMEOUT', log: 'info' },
  'loop-detected': { title: 'The message has passed here before', http: 508, status: 'LOOP_DETECTED', log: 'info' },
  'hops-exceeded': { title: 'The message has used up its hops', http: 508, status: 'HOPS_EXCEEDED', log: 'info' },
} as const satisfies Record<string, ProblemKind>;

/** The stable code of a problem. */
export type ProblemCode = keyof typeof PROBLEMS;

/** The `type` URI of a problem (RFC 9457 §3.1.1). */
export function problemType(code: ProblemCode): string {
  return `urn:twinfed:problem:${code}`;
}
