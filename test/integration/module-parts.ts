import { type CanActivate, type ExecutionContext, type Provider, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { FastifyRequest, InjectOptions, LightMyRequestResponse } from 'fastify';
import { setUpBodyParsing } from '../../src/body-parsing.js';
import { BackgroundTasks } from '../../src/database/background-task.js';
import { BrokerSignals } from '../../src/database/broker-signals.js';
import { Database } from '../../src/database/database.js';
import { DomainEvents } from '../../src/database/domain-events.js';
import { EventConsumers } from '../../src/database/event-consumers.js';
import { LogEpoch } from '../../src/database/log-epoch.js';
import { SegmentKeeper } from '../../src/database/segment-keeper.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { DtoPipe } from '../../src/problems/dto-validation.js';
import { ProblemFilter } from '../../src/problems/problem.filter.js';
import { Audit } from '../../src/security/audit.js';
import { AuditRepository } from '../../src/security/audit.repository.js';
import { EventStreams } from '../../src/security/event-streams.js';
import { HeldTokens } from '../../src/security/held-token.js';
import { OpenStreams } from '../../src/security/open-streams.js';
import type { Principal } from '../../src/security/principal.js';
import { TokenVerifier } from '../../src/security/token-verifier.js';

const DATABASE = [BackgroundTasks, BrokerSignals, SegmentKeeper, DomainEvents, UnitOfWork, EventConsumers, LogEpoch];
/** Identity as far as these fixtures have one: every token holds, and streams are watched by it. */
const IDENTITY: Provider[] = [
  {
    provide: TokenVerifier,
    useValue: {
      verify: (subject: string) => Promise.resolve({ kind: 'operator', subject, expiresAt: Date.now() + 3_600_000 }),
      recheck: () => Promise.resolve(),
    },
  },
  EventStreams,
  HeldTokens,
  OpenStreams,
  Audit,
  AuditRepository,
];

class PrincipalFromHeader implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest & { principal?: Principal }>();
    request.principal = JSON.parse(String(request.headers['x-principal'])) as Principal;
    return true;
  }
}

function declared<T>(key: 'providers' | 'controllers', modules: readonly Type[]): T[] {
  return modules.flatMap((module) => (Reflect.getMetadata(key, module) as T[] | undefined) ?? []);
}

/** Modules on an open database, over HTTP as the product speaks it but without identity: a request says who it is in a header. */
export async function anAppOf(
  database: Database,
  parts: { readonly modules: readonly Type[]; readonly controllersOf?: readonly Type[]; readonly beside?: readonly Provider[] },
): Promise<NestFastifyApplication> {
  const { modules, controllersOf = modules, beside = [] } = parts;
  const module = await Test.createTestingModule({
    controllers: declared<Type>('controllers', controllersOf),
    providers: [
      { provide: Database, useValue: database },
      ...DATABASE,
      ...IDENTITY,
      ...beside,
      ...declared<Provider>('providers', modules),
    ],
  }).compile();
  const adapter = new FastifyAdapter({ routerOptions: { maxParamLength: 2_600 }, bodyLimit: 32 * 1024 * 1024 });
  const app = module.createNestApplication<NestFastifyApplication>(adapter, { logger: false, bodyParser: false });
  app.useGlobalPipes(new DtoPipe());
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalGuards(new PrincipalFromHeader());
  setUpBodyParsing(app);
  return app;
}

/** Begins to serve. */
export async function begin(app: NestFastifyApplication): Promise<void> {
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
}

/** One request in the name of a principal. */
export function callAs(app: NestFastifyApplication, principal: Principal, request: InjectOptions): Promise<LightMyRequestResponse> {
  const headers = { authorization: 'Bearer test', ...request.headers, 'x-principal': JSON.stringify(principal) };
  return app.inject({ ...request, headers });
}
