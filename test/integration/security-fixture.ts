import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Get, Injectable, Module, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { ConfigModule } from '../../src/config/config.module.js';
import { Config } from '../../src/config/config.js';
import { Database } from '../../src/database/database.js';
import { type OrganizationId, parseOrganizationId, type TwinId } from '../../src/kernel/ids.js';
import { DtoPipe } from '../../src/problems/dto-validation.js';
import { ProblemFilter } from '../../src/problems/problem.filter.js';
import { Anonymous } from '../../src/security/anonymous.js';
import { CurrentPrincipal } from '../../src/security/current-principal.js';
import type { OperatorOutcome } from '../../src/security/operator-bootstrap.js';
import { organizationOf, type Principal } from '../../src/security/principal.js';
import { SecurityModule } from '../../src/security/security.module.js';
import { SecurityStartup } from '../../src/security/security-startup.js';
import { TwinCredentialModule } from '../../src/security/twin-credential.module.js';
import type { TwinOwnership } from '../../src/security/twin-ownership.js';

// Tests here start whole brokers, some on an empty database: seconds each on a busy machine.

/** Stands in for the registry: twins named `urn:<organization>:…` belong to it; only those whose id ends in `:listed` are seen by others. */
@Injectable()
class OwnershipByName implements TwinOwnership {
  async ownerOf(twin: TwinId, principal: Principal): Promise<OrganizationId | undefined> {
    const owner = parseOrganizationId(twin.split(':')[1]);
    const viewer = organizationOf(principal);
    return Promise.resolve(viewer === undefined || viewer === owner || twin.endsWith(':listed') ? owner : undefined);
  }
}

@Module({ providers: [OwnershipByName], exports: [OwnershipByName] })
class OwnershipModule {}

/** Shows whom the guard let through. */
@Controller('probe')
class ProbeController {
  @Get()
  whoAmI(@CurrentPrincipal() principal: Principal): Principal {
    return principal;
  }

  @Get('metrics')
  @Anonymous((config) => config.metricsPublic)
  metrics(): string {
    return 'figures';
  }
}

/** A class to look up, also one whose constructor is private. */
interface Abstract<T> {
  prototype: T;
}

export interface TestBroker {
  readonly outcome: OperatorOutcome;
  readonly config: Config;
  get<T>(type: Abstract<T>): T;
  call(request: InjectOptions): Promise<LightMyRequestResponse>;
  close(): Promise<void>;
}

/** A data directory of one's own, removed by `remove`. */
export async function aDataDir(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'twinfed-security-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A broker with identity and nothing else, started on the database. */
export async function startBroker(url: string, dataDir: string, settings: Partial<Config> = {}): Promise<TestBroker> {
  const config: Config = Object.freeze(Object.assign(new Config(), { databaseUrl: url, dataDir, databasePoolSize: 4 }, settings));
  const builder = Test.createTestingModule({
    imports: [ConfigModule.with(config), SecurityModule, TwinCredentialModule.with(OwnershipByName, [OwnershipModule])],
    controllers: [ProbeController],
  });
  const module = await builder.compile();
  const database = module.get(Database, { strict: false });
  const app = module.createNestApplication<NestFastifyApplication>(new FastifyAdapter({ routerOptions: { maxParamLength: 1600 } }), {
    logger: false,
  });
  const close = async (): Promise<void> => {
    await app.close();
    await database.close();
  };
  try {
    app.useGlobalPipes(new DtoPipe());
    app.useGlobalFilters(new ProblemFilter());
    await app.init();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    outcome: app.get(SecurityStartup, { strict: false }).outcome,
    config,
    get: <T>(type: Abstract<T>): T => app.get<T>(type as Type<T>, { strict: false }),
    call: (request) => app.inject(request),
    close,
  };
}

/** Bearer header for a token. */
export function bearer(token: string): { authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** A token for client credentials, from the token endpoint. */
export async function tokenFor(broker: TestBroker, clientId: string, clientSecret: string): Promise<string> {
  const response = await requestToken(broker, { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  const { access_token: token } = response.json<{ access_token?: string }>();
  if (token === undefined) throw new Error(`no token: ${response.body}`);
  return token;
}

/** Posts a form to the token endpoint. */
export async function requestToken(
  broker: TestBroker,
  form: Record<string, string> | [string, string][],
  headers: Record<string, string> = {},
): Promise<LightMyRequestResponse> {
  return broker.call({
    method: 'POST',
    url: '/oauth/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(form).toString(),
  });
}

/** The operator's token, in the broker that has just created the operator. */
export async function operatorToken(broker: TestBroker): Promise<string> {
  return tokenFor(broker, broker.outcome.clientId, broker.config.operatorClientSecret ?? broker.outcome.clientSecret ?? '');
}

export interface TestOrganization {
  id: string;
  clientId: string;
  clientSecret: string;
  token: string;
}

/** A new organization with a token. */
export async function anOrganization(broker: TestBroker, id: string): Promise<TestOrganization> {
  const response = await broker.call({
    method: 'POST',
    url: '/v1/organizations',
    headers: bearer(await operatorToken(broker)),
    payload: { id, name: `Organization ${id}` },
  });
  const { credential } = response.json<{ credential?: { clientId: string; clientSecret: string } }>();
  if (credential === undefined) throw new Error(`no organization: ${response.body}`);
  return { id, ...credential, token: await tokenFor(broker, credential.clientId, credential.clientSecret) };
}
