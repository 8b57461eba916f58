import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OpenAPIObject } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import type { InjectOptions } from 'fastify';
import { ConfigModule } from '../../src/config/config.module.js';
import { Config } from '../../src/config/config.js';
import { Database } from '../../src/database/database.js';
import { FacesModule } from '../../src/faces/faces.module.js';
import { createLogger } from '../../src/faces/logger.js';
import { NestLogBridge } from '../../src/faces/nest-log-bridge.js';
import { TAGS } from '../../src/faces/openapi-tags.js';
import { requestLogOptions } from '../../src/faces/request-log.js';
import { setUpFaces } from '../../src/faces/set-up-faces.js';
import { ProblemFilter } from '../../src/problems/problem.filter.js';
import { SecurityModule } from '../../src/security/security.module.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the faces as configured', () => {
  let test: TestDatabase;
  let dataDir: string;
  let app: NestFastifyApplication;
  const lines: string[] = [];

  beforeAll(async () => {
    test = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'twinfed-faces-'));
    const config = Object.assign(new Config(), {
      databaseUrl: test.url,
      dataDir,
      databasePoolSize: 3,
      publicUrl: 'https://twins.example.org/broker/',
      corsOrigins: ['https://city.example.org'],
      metricsPublic: true,
      logLevel: 'trace',
      logFormat: 'json',
    });
    const logger = createLogger(config, { write: (line) => void lines.push(line) });
    const module = await Test.createTestingModule({ imports: [ConfigModule.with(config), SecurityModule, FacesModule] }).compile();
    app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter(requestLogOptions(logger)), {
      logger: new NestLogBridge(logger),
    });
    app.useGlobalFilters(new ProblemFilter());
    setUpFaces(app, config);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });

  afterAll(async () => {
    const database = app.get(Database, { strict: false });
    await app.close();
    await database.close();
    await test.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  const call = (url: string, request: InjectOptions = {}) => app.inject({ method: 'GET', url, ...request });

  it('measures without a token when METRICS_PUBLIC says so', async () => {
    await call('/health/ready');
    const { statusCode, body } = await call('/metrics');
    expect(statusCode).toBe(200);
    expect(body).toContain('twinfed_http_request_duration_seconds_count{method="GET",route="/health/ready",status="200"}');
  });

  it('lets the origins of CORS_ORIGINS call, and no others', async () => {
    const headers = { 'access-control-request-method': 'PUT', 'access-control-request-headers': 'authorization,if-match' };
    const welcome = await call('/v1/organizations', { method: 'OPTIONS', headers: { ...headers, origin: 'https://city.example.org' } });
    expect(welcome.statusCode).toBe(204);
    expect(welcome.headers).toMatchObject({ 'access-control-allow-origin': 'https://city.example.org' });
    const refused = await call('/health/live', { headers: { origin: 'https://elsewhere.example' } });
    expect(refused.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('describes the API as reached at PUBLIC_URL, chapter by chapter', async () => {
    const document = (await call('/openapi.json')).json<OpenAPIObject>();
    expect(document.servers).toMatchObject([{ url: 'https://twins.example.org/broker' }]);
    expect(document.components?.securitySchemes?.['organization']).toMatchObject({
      flows: { clientCredentials: { tokenUrl: 'https://twins.example.org/broker/oauth/token' } },
    });
    const chapters = Object.values(document.paths).map((item) => (item.get ?? item.post ?? item.put ?? item.delete)?.tags?.[0]);
    const inOrder = TAGS.map((tag) => tag.name).filter((name) => chapters.includes(name));
    expect(chapters.filter((chapter, index) => chapter !== chapters[index - 1])).toEqual(inOrder);
    expect(document.paths['/v1/organizations']?.post?.security).toEqual([{ operator: [] }, { bearer: [] }]);
    expect(document.paths['/oauth/token']?.post?.security).toEqual([{ client: [] }]);
    expect(document.paths['/health/live']?.get?.security).toEqual([]);
  });

  it('lets the console run its own scripts only and talk to the broker only', async () => {
    const { headers } = await call('/docs');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("connect-src 'self' https://twins.example.org;");
    expect((await call('/health/live')).headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'");
  });

  it('logs one line per request, with its id and without the query', async () => {
    lines.length = 0;
    await call('/v1/organizations?cursor=private', { headers: { 'x-request-id': 'one-line' } });
    const own = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line.message === 'request');
    expect(own).toEqual([
      expect.objectContaining({ level: 'debug', request: 'one-line', method: 'GET', path: '/v1/organizations', status: 401 }),
    ]);
    expect(lines.join('')).not.toContain('private');
  });
});
