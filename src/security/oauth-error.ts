import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type ProblemCode, PROBLEMS } from '../problems/catalogue.js';
import { DomainError } from '../problems/domain-error.js';
import { problemDocument, toDomainError } from '../problems/problem-document.js';

/** Error codes of RFC 6749 §5.2 for what is wrong with a token request itself. */
export type OAuthErrorCode = 'invalid_request' | 'unsupported_grant_type' | 'invalid_scope';

/** A token request that cannot be understood or served. */
export class OAuthError extends DomainError {
  constructor(
    readonly error: OAuthErrorCode,
    detail: string,
  ) {
    super('validation-failed', detail);
  }
}

/** RFC 6749 has no word for "later" at this endpoint; the two last are borrowed from its §4.1.2.1. */
function oauthCode(error: DomainError): string {
  if (error instanceof OAuthError) return error.error;
  const code: ProblemCode = error.code;
  if (code === 'unauthenticated') return 'invalid_client';
  if (PROBLEMS[code].http < 429) return 'invalid_request';
  return code === 'internal' ? 'server_error' : 'temporarily_unavailable';
}

/**
 * Refusals of the token endpoint in the form that OAuth clients read (RFC 6749 §5.2), with the members of a problem document beside: the
 * one place where a refusal is not problem+json, whose media type OAuth does not allow here.
 */
@Catch()
export class OAuthErrorFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const error = toDomainError(exception);
    const kind = PROBLEMS[error.code];
    request.log[kind.log](
      { err: kind.log === 'error' || kind.log === 'warn' ? (error.cause ?? error) : undefined, problem: error.code },
      error.detail,
    );
    if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', String(Math.ceil(error.retryAfterSeconds)));
    // Only for a client that used the header: in a browser the challenge opens a password dialog.
    if (kind.http === 401 && request.headers.authorization !== undefined) void reply.header('www-authenticate', 'Basic realm="twinfed"');
    const body = { error: oauthCode(error), error_description: error.detail, ...problemDocument(error, request.id) };
    void reply
      .code(kind.http)
      .headers({ 'cache-control': 'no-store', pragma: 'no-cache' })
      .type('application/json')
      .send(JSON.stringify(body));
  }
}
