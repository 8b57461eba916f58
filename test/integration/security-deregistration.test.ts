import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { LightMyRequestResponse } from 'fastify';
import { ConfigModule } from '../../src/config/config.module.js';
import { Config } from '../../src/config/config.js';
import { Database } from '../../src/database/database.js';
import { DtoPipe } from '../../src/problems/dto-validation.js';
import { ProblemFilter } from '../../src/problems/problem.filter.js';
import { RegisteredOwnership } from '../../src/registry/registered-ownership.js';
import { RegistryModule } from '../../src/registry/registry.module.js';
import { SecurityModule } from '../../src/security/security.module.js';
import { SecurityStartup } from '../../src/security/security-startup.js';
import { TwinCredentialModule } from '../../src/security/twin-credential.module.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { aDataDir, anOrganization, bearer, type TestBroker, tokenFor } from './security-fixture.js';

interface Credential {
  clientId: string;
  clientSecret: string;
}

const pathOf = (twin: string): string => `/v1/twins/${encodeURIComponent(twin)}`;

describe('a deregistered twin', () => {
  let testDatabase: TestDatabase;
  let directory: Awaited<ReturnType<typeof aDataDir>>;
  let app: NestFastifyApplication;
  let database: Database;
  let broker: TestBroker;
  let owner: string;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    directory = await aDataDir();
    const settings = { databaseUrl: testDatabase.url, dataDir: directory.path, databasePoolSize: 4 };
    const config: Config = Object.freeze(Object.assign(new Config(), settings));
    const module = await Test.createTestingModule({
      imports: [
        ConfigModule.with(config),
        SecurityModule,
        RegistryModule,
        TwinCredentialModule.with(RegisteredOwnership, [RegistryModule]),
      ],
    }).compile();
    const adapter = new FastifyAdapter({ routerOptions: { maxParamLength: 1600 } });
    app = module.createNestApplication<NestFastifyApplication>(adapter, { logger: false });
    app.useGlobalPipes(new DtoPipe());
    app.useGlobalFilters(new ProblemFilter());
    await app.init();
    database = app.get(Database, { strict: false });
    broker = {
      outcome: app.get(SecurityStartup, { strict: false }).outcome,
      config,
      get: (type) => app.get(type as never, { strict: false }),
      call: (request) => app.inject(request),
      close: () => app.close(),
    };
    owner = (await anOrganization(broker, 'owner')).token;
  });

  afterAll(async () => {
    await broker.close();
    await database.close();
    await testDatabase.drop();
    await directory.remove();
  });

  const call = (token: string, method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object): Promise<LightMyRequestResponse> =>
    app.inject({ method, url, headers: bearer(token), ...(payload === undefined ? {} : { payload }) });

  async function aTwin(id: string): Promise<string> {
    const features = [{ kind: 'data', name: 'flow', schema: { type: 'number' } }];
    const response = await call(owner, 'PUT', pathOf(id), { name: 'Twin', domain: 'traffic', features });
    expect(response.statusCode).toBe(201);
    return id;
  }

  async function aTokenOf(twin: string, name?: string): Promise<string> {
    const response = await call(owner, 'POST', `${pathOf(twin)}/credentials`, name === undefined ? undefined : { name });
    const { clientId, clientSecret } = response.json<Credential>();
    return tokenFor(broker, clientId, clientSecret);
  }

  it('is refused with every token that it had, also once its id is registered again', async () => {
    const twin = await aTwin('urn:test:twin:gone');
    const other = await aTwin('urn:test:twin:staying');
    const tokens = [await aTokenOf(twin, 'one'), await aTokenOf(twin, 'two')];
    const kept = await aTokenOf(other);
    for (const token of [...tokens, kept]) expect((await call(token, 'GET', pathOf(other))).statusCode).toBe(200);
    expect((await call(owner, 'DELETE', pathOf(twin))).statusCode).toBe(204);
    for (const token of tokens) expect((await call(token, 'GET', pathOf(other))).statusCode).toBe(401);
    expect((await call(kept, 'GET', pathOf(other))).statusCode).toBe(200);
    await aTwin(twin);
    for (const token of tokens) expect((await call(token, 'GET', pathOf(twin))).statusCode).toBe(401);
    expect((await call(owner, 'GET', `${pathOf(twin)}/credentials`)).json()).toEqual({ items: [] });
  });

  it('may have done it itself, with that its last answer', async () => {
    const twin = await aTwin('urn:test:twin:leaving');
    const token = await aTokenOf(twin);
    expect((await call(token, 'DELETE', pathOf(twin))).statusCode).toBe(204);
    expect((await call(token, 'GET', pathOf(twin))).statusCode).toBe(401);
  });

  it('is told of in the audit log when it had credentials', async () => {
    const twin = await aTwin('urn:test:twin:told');
    await aTokenOf(twin);
    await call(owner, 'DELETE', pathOf(twin));
    const { items } = (await call(owner, 'GET', '/v1/audit')).json<{ items: { action: string; subject: string }[] }>();
    expect(items.filter((entry) => entry.subject === twin).map((entry) => entry.action)).toContain('credential.end');
  });

  it('keeps no credential that was being made meanwhile', async () => {
    const twins = Array.from({ length: 20 }, (_, n) => `urn:test:twin:race-${n}`);
    for (const twin of twins) await aTwin(twin);
    const made = await Promise.all(
      twins.flatMap((twin) => [call(owner, 'POST', `${pathOf(twin)}/credentials`), call(owner, 'DELETE', pathOf(twin))]),
    );
    expect(made.every(({ statusCode }) => [201, 204, 404].includes(statusCode))).toBe(true);
    const left = await database.query(`SELECT twin_id FROM credential WHERE twin_id LIKE 'urn:test:twin:race-%'`);
    expect(left).toEqual([]);
  });
});
