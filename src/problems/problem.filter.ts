import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEMS } from './catalogue.js';
import type { DomainError } from './domain-error.js';
import { problemDocument, toDomainError } from './problem-document.js';

/** Nest wraps its own refusals (unknown route, …) in HttpException; the rest passes through as thrown. */
function unwrapped(exception: unknown): unknown {
  if (!(exception instanceof HttpException)) return exception;
  return Object.assign(new Error(exception.message), { statusCode: exception.getStatus() });
}

/** Writes a refusal to a Fastify reply as problem+json, with the headers that belong to its kind. */
export function sendProblem(reply: FastifyReply, request: FastifyRequest, error: DomainError): void {
  const kind = PROBLEMS[error.code];
  const level = kind.log;
  request.log[level](
    { err: level === 'error' || level === 'warn' ? (error.cause ?? error) : undefined, problem: error.code },
    error.detail,
  );
  if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', String(Math.ceil(error.retryAfterSeconds)));
  if (kind.http === 401 && !reply.hasHeader('www-authenticate'))
    void reply.header('www-authenticate', 'Bearer realm="twinfed", error="invalid_token"');
  void reply
    .code(kind.http)
    .type('application/problem+json')
    .send(JSON.stringify(problemDocument(error, request.id)));
}

/** The only place where a refusal becomes HTTP. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    if (reply.sent || reply.raw.headersSent) return;
    sendProblem(reply, http.getRequest<FastifyRequest>(), toDomainError(unwrapped(exception)));
  }
}
