import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { BODY_LIMIT, setUpBodyParsing } from './body-parsing.js';
import type { Config } from './config/config.js';
import { requestLogOptions } from './faces/request-log.js';
import { setUpFaces } from './faces/set-up-faces.js';
import { MAX_ID_LENGTH } from './kernel/ids.js';
import { DomainError } from './problems/domain-error.js';
import { DtoPipe } from './problems/dto-validation.js';
import { toDomainError } from './problems/problem-document.js';
import { ProblemFilter, sendProblem } from './problems/problem.filter.js';
import { refuseUnreadable } from './problems/unreadable-request.js';

/** An id of the greatest length may be percent-encoded throughout; a little more, so that the id's own rule is what refuses it. */
const MAX_PARAMETER_LENGTH = MAX_ID_LENGTH * 3 + 1_000;
const REQUEST_TIMEOUT_MS = 120_000;

function trustProxy(setting: string): boolean | string | ((address: string, hop: number) => boolean) {
  if (setting === 'true' || setting === 'false') return setting === 'true';
  return /^\d+$/.test(setting) ? (_address, hop) => hop < Number(setting) : setting;
}

/** The HTTP adapter: what Fastify refuses by itself comes out as problem+json too. */
export function createAdapter(config: Config, logger: Logger): FastifyAdapter {
  return new FastifyAdapter({
    ...requestLogOptions(logger),
    trustProxy: trustProxy(config.trustProxy),
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: MAX_PARAMETER_LENGTH },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(reply, request, toDomainError(error));
    },
  });
}

/** Pipes, filter, body parsing and faces: everything that the running server and the tests over HTTP share. Call it between create and init. */
export function setUpApplication(app: NestFastifyApplication, config: Config): void {
  app.useGlobalPipes(new DtoPipe());
  app.useGlobalFilters(new ProblemFilter());
  setUpBodyParsing(app);
  setUpFaces(app, config);
}

/** Refuses requests that come while the broker stops, on connections that are kept alive. */
export function refuseWhileStopping(app: NestFastifyApplication): () => void {
  let stopping = false;
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (_request, reply, done) => {
      if (stopping) void reply.header('connection', 'close');
      done(stopping ? new DomainError('shutting-down', 'The broker is stopping; connect again.', { retryAfterSeconds: 1 }) : undefined);
    });
  return () => {
    stopping = true;
  };
}
