import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/config.js';

const EXPOSED = ['ETag', 'Location', 'Retry-After', 'WWW-Authenticate', 'X-Request-Id'];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** An API answer holds nothing a browser should run or frame; /docs sets its own. */
const API_CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'";

/** Headers of every answer: the request's id, what browsers must not do with it, and no copy in any cache unless the route says so. */
export function setUpResponseHeaders(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    void reply.header('x-content-type-options', 'nosniff');
    void reply.header('referrer-policy', 'no-referrer');
    if (!reply.hasHeader('content-security-policy')) void reply.header('content-security-policy', API_CONTENT_POLICY);
    if (!reply.hasHeader('cache-control')) void reply.header('cache-control', 'no-store');
    done(null, payload);
  });
}

/** Lets browser applications of CORS_ORIGINS call the API; none unless named. Tokens travel in a header, so no credentials mode. */
export function setUpCors(app: NestFastifyApplication, config: Config): void {
  if (config.corsOrigins.length === 0) return;
  const origin = config.corsOrigins.includes('*') ? '*' : config.corsOrigins;
  app.enableCors({ origin, methods: METHODS, exposedHeaders: EXPOSED, maxAge: 600 });
}
