import { randomUUID } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/config.js';
import { setUpApiConsole } from './api-console.js';
import { EXAMPLE_MESSAGE_ID, EXAMPLE_TIMESTAMP } from '../vocabulary/example-stamps.js';
import { buildAsyncApi } from './asyncapi-document.js';
import { buildOpenApi } from './openapi-document.js';

/** Examples of messages carry a fresh id and the present time, so that they run as they are. */
function withFreshExamples(document: string): string {
  return document.replaceAll(EXAMPLE_MESSAGE_ID, randomUUID()).replaceAll(EXAMPLE_TIMESTAMP, new Date().toISOString());
}

/** Serves the API's descriptions at /openapi.json and /asyncapi.json and the console at /docs, all without a token. Call it before the application is initialized. */
export function setUpOpenApi(app: NestFastifyApplication, config: Config): void {
  const document = JSON.stringify(buildOpenApi(app, config));
  app
    .getHttpAdapter()
    .getInstance()
    .get('/openapi.json', (_request, reply) =>
      reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(withFreshExamples(document)),
    );
  const channels = JSON.stringify(buildAsyncApi(config));
  app
    .getHttpAdapter()
    .getInstance()
    .get('/asyncapi.json', (_request, reply) =>
      reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(channels),
    );
  setUpApiConsole(app, config);
}
