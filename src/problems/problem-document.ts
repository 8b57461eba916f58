import { isNativeError } from 'node:util/types';
import { InvalidId } from '../kernel/ids.js';
import { JsonTextError } from '../kernel/json-text.js';
import { InvalidCursor } from '../kernel/page.js';
import { type ProblemCode, PROBLEMS, problemType } from './catalogue.js';
import { DomainError } from './domain-error.js';

/** RFC 9457 problem document; `status` here is the HTTP status, `code` the Y.4605-style status code. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  instance?: string;
  pointer?: string;
  errors?: { pointer: string; detail: string }[];
  [extension: string]: unknown;
}

/** What Fastify and Nest throw of themselves: an error with an HTTP status. */
interface HttpLikeError {
  statusCode: number;
  message: string;
  code?: string;
}

const CODE_BY_FASTIFY_ERROR: Record<string, ProblemCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload-too-large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed-message',
  FST_ERR_BAD_URL: 'malformed-message',
  FST_ERR_MAX_PARAM_LENGTH: 'invalid-id',
};

const CODE_BY_STATUS: Record<number, ProblemCode> = {
  400: 'malformed-message',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'route-not-found',
  405: 'method-not-allowed',
  406: 'not-acceptable',
  408: 'request-timeout',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
  414: 'invalid-id',
  429: 'rate-limited',
  431: 'header-too-large',
  503: 'shutting-down',
};

function isHttpLike(error: unknown): error is HttpLikeError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
}

/** Connection failures and a server that is starting, stopping or read-only: the database's fault, and passing. */
export function isDatabaseOutage(error: unknown): boolean {
  // Not instanceof: what a socket throws may be of another realm than this code.
  if (!isNativeError(error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return (
    /^(08|57P|53)/.test(code) ||
    code === '25006' ||
    ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOTFOUND', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(code) ||
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed and is not queryable/.test(
      error.message,
    )
  );
}

/** Turns whatever was thrown into a refusal from the catalogue; what is not recognised becomes `internal`, its text kept from the caller. */
export function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  if (error instanceof InvalidId) return new DomainError('invalid-id', `The identifier ${error.detail}.`, { cause: error });
  if (error instanceof InvalidCursor) {
    return new DomainError('invalid-cursor', `The cursor ${error.detail}.`, { pointer: '/cursor', cause: error });
  }
  if (error instanceof JsonTextError) return new DomainError('malformed-message', error.message, { pointer: error.pointer, cause: error });
  if (isHttpLike(error)) {
    const code = CODE_BY_FASTIFY_ERROR[error.code ?? ''] ?? CODE_BY_STATUS[error.statusCode];
    if (code !== undefined) return new DomainError(code, error.message, { cause: error });
  }
  if (isDatabaseOutage(error)) {
    return new DomainError('database-unavailable', 'The database did not answer; nothing is known to have been changed. Try again.', {
      retryAfterSeconds: 1,
      cause: error,
    });
  }
  return new DomainError('internal', 'Something went wrong inside the broker. Its log holds the reason under this request id.', {
    cause: error,
  });
}

/** Renders a refusal; `instance` is the request id, so that a caller's report finds its log line. */
export function problemDocument(error: DomainError, requestId?: string): ProblemDocument {
  const kind = PROBLEMS[error.code];
  return {
    type: problemType(error.code),
    title: kind.title,
    status: kind.http,
    code: kind.status,
    detail: error.detail,
    ...(requestId === undefined ? {} : { instance: `urn:twinfed:request:${requestId}` }),
    ...(error.pointer === undefined ? {} : { pointer: error.pointer }),
    ...(error.errors === undefined ? {} : { errors: error.errors }),
    ...error.extensions,
  };
}
