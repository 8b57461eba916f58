import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Config } from '../config/config.js';
import { setUpAllowedMethods } from './allowed-methods.js';
import { setUpOpenApi } from './openapi.js';
import { setUpRequestMetrics } from './request-metrics.js';
import { setUpCors, setUpResponseHeaders } from './response-headers.js';

/** Everything around the API proper: headers, CORS, measurements, the OpenAPI document and its console. Call it between create and init. */
export function setUpFaces(app: NestFastifyApplication, config: Config): void {
  setUpResponseHeaders(app);
  setUpCors(app, config);
  setUpRequestMetrics(app);
  setUpAllowedMethods(app);
  setUpOpenApi(app, config);
}
