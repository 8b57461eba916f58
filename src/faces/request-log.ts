import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type FastifyBaseLogger, type FastifyReply, type FastifyRequest, LogController } from 'fastify';

const SANE_REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;
/** Addresses of notifications may hold their secret. */
const SECRET_IN_PATH = /^(\/v1\/bindings\/[^/.]*)(?:\.|%2e)[^/]*/i;
/** Asked every few seconds by machines; nobody wants to read about it. */
const QUIET_ROUTES: readonly string[] = ['/health/live', '/health/ready', '/metrics'];

/** The caller's X-Request-Id when it is short and harmless, else a fresh one. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && SANE_REQUEST_ID.test(given) ? given : randomUUID();
}

/** One line per request, at its end: what was asked (without the query, which may hold what is nobody's business) and how it ended. */
class OneLineRequestLog extends LogController {
  override incomingRequest(): void {
    // Said at the end, in one line with the outcome.
  }

  override requestCompleted(error: Error | null | undefined, request: FastifyRequest, reply: FastifyReply): void {
    const route = request.routeOptions.url;
    const level = reply.statusCode >= 500 ? 'info' : route !== undefined && QUIET_ROUTES.includes(route) ? 'trace' : 'debug';
    request.log[level](
      {
        method: request.method,
        path: request.url.split('?', 1)[0]?.replace(SECRET_IN_PATH, '$1.…'),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        ...(error ? { err: error } : {}),
      },
      'request',
    );
  }
}

/** The part of Fastify's options that concerns requests and their log. */
export interface RequestLogOptions {
  loggerInstance: FastifyBaseLogger;
  logController: LogController;
  genReqId: typeof requestId;
  requestIdHeader: false;
}

/** What to give to `new FastifyAdapter({...})`: the logger, the request ids, and one log line per request. */
export function requestLogOptions(logger: FastifyBaseLogger): RequestLogOptions {
  return {
    loggerInstance: logger,
    logController: new OneLineRequestLog({ requestIdLogLabel: 'request' }),
    genReqId: requestId,
    requestIdHeader: false,
  };
}
