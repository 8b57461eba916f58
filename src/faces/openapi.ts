import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/config.js';
import { setUpApiConsole } from './api-console.js';
import { buildOpenApi } from './openapi-document.js';

/** Serves the API's description at /openapi.json and its console at /docs, both without a token. Call it before the application is initialized. */
export function setUpOpenApi(app: NestFastifyApplication, config: Config): void {
  const document = JSON.stringify(buildOpenApi(app, config));
  app
    .getHttpAdapter()
    .getInstance()
    .get('/openapi.json', (_request, reply) =>
      reply.header('cache-control', 'no-cache').type('application/json; charset=utf-8').send(document),
    );
  setUpApiConsole(app, config);
}
