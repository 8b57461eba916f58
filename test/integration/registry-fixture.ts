import { type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { FastifyRequest, InjectOptions, LightMyRequestResponse } from 'fastify';
import { BackgroundTasks } from '../../src/database/background-task.js';
import { BrokerSignals } from '../../src/database/broker-signals.js';
import { Database } from '../../src/database/database.js';
import { DomainEvents } from '../../src/database/domain-events.js';
import { EventConsumers } from '../../src/database/event-consumers.js';
import { LogEpoch } from '../../src/database/log-epoch.js';
import { SegmentKeeper } from '../../src/database/segment-keeper.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { DictionaryModule } from '../../src/dictionary/dictionary.module.js';
import { DiscoveryModule } from '../../src/discovery/discovery.module.js';
import { parseOrganizationId, parseTwinId } from '../../src/kernel/ids.js';
import { DtoPipe, parseDto } from '../../src/problems/dto-validation.js';
import { ProblemFilter } from '../../src/problems/problem.filter.js';
import { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { Audit } from '../../src/security/audit.js';
import { AuditRepository } from '../../src/security/audit.repository.js';
import type { OrganizationPrincipal, Principal, TwinPrincipal } from '../../src/security/principal.js';
import { RegistryModule } from '../../src/registry/registry.module.js';
import { createTestDatabase } from '../support/test-database.js';
import { IDENTITY, partsOf } from './module-parts.js';

const DATABASE = [BackgroundTasks, BrokerSignals, SegmentKeeper, DomainEvents, UnitOfWork, EventConsumers, LogEpoch];

export const OPERATOR: Principal = { kind: 'operator', subject: 'operator' };

export function organization(slug: string): OrganizationPrincipal {
  return { kind: 'organization', organization: parseOrganizationId(slug), subject: `org_${slug}` };
}

export function twinOf(slug: string, id: string): TwinPrincipal {
  return { kind: 'twin', organization: parseOrganizationId(slug), twin: parseTwinId(id), subject: `twin_${id}` };
}

/** Registry and discovery on a database of their own, without identity: a request says who it is in a header. */
export interface TestRegistry {
  readonly database: Database;
  readonly get: <T>(type: Type<T>) => T;
  readonly call: (principal: Principal, request: InjectOptions) => Promise<LightMyRequestResponse>;
  /** A second broker on the same database. */
  readonly another: () => Promise<TestRegistry>;
  readonly close: () => Promise<void>;
}

class PrincipalFromHeader implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest & { principal?: Principal }>();
    request.principal = JSON.parse(String(request.headers['x-principal'])) as Principal;
    return true;
  }
}

async function start(open: () => Promise<Database>, drop: () => Promise<void>): Promise<TestRegistry> {
  const database = await open();
  const { controllers, providers } = partsOf(DictionaryModule, RegistryModule, DiscoveryModule);
  const module = await Test.createTestingModule({
    controllers,
    providers: [{ provide: Database, useValue: database }, ...DATABASE, Audit, AuditRepository, ...IDENTITY, ...providers],
  }).compile();
  const adapter = new FastifyAdapter({ routerOptions: { maxParamLength: 1600 } });
  const app = module.createNestApplication<NestFastifyApplication>(adapter, { logger: false });
  adapter
    .getInstance()
    .addContentTypeParser('application/merge-patch+json', { parseAs: 'string' }, (_request, body, done) =>
      done(null, JSON.parse(String(body))),
    );
  app.useGlobalPipes(new DtoPipe());
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalGuards(new PrincipalFromHeader());
  await app.init();
  await adapter.getInstance().ready();
  return {
    database,
    get: (type) => app.get(type),
    call: (principal, request) => app.inject({ ...request, headers: { ...request.headers, 'x-principal': JSON.stringify(principal) } }),
    another: () => start(open, () => Promise.resolve()),
    close: async () => {
      await app.close();
      await database.close();
      await drop();
    },
  };
}

export async function aRegistry(): Promise<TestRegistry> {
  const database = await createTestDatabase();
  return start(
    () => database.open(),
    () => database.drop(),
  );
}

let count = 0;

/** A profile as a caller would send it, with an id of its own. */
export function aProfile(parts: Record<string, unknown> = {}): Record<string, unknown> & { id: string } {
  count += 1;
  const id = `urn:test:twin:${String(count).padStart(6, '0')}`;
  return { id, name: `Twin ${count}`, domain: 'traffic', features: [{ kind: 'data', name: 'flow', schema: { type: 'number' } }], ...parts };
}

/** The same as the DTO that a service takes. */
export function aDto(parts: Record<string, unknown> = {}): TwinProfileDto & { id: string } {
  return parseDto(TwinProfileDto, aProfile(parts)) as TwinProfileDto & { id: string };
}

/** Kind and subject of the domain events so far, in commit order. */
export async function eventsOf(registry: TestRegistry, subject: string): Promise<{ kind: string; data: Record<string, unknown> }[]> {
  return registry.database.query('SELECT kind, data FROM domain_event WHERE subject = $1 ORDER BY position', [subject]);
}

/** Lets the lease of a twin have begun some seconds earlier. */
export async function ageLease(registry: TestRegistry, id: string, seconds: number): Promise<void> {
  await registry.database.query(
    `UPDATE twin_lease SET renewed_at = renewed_at - make_interval(secs => $2), expires_at = expires_at - make_interval(secs => $2),
            due_at = due_at - make_interval(secs => $2), recovered_at = recovered_at - make_interval(secs => $2),
            steady_since = steady_since - make_interval(secs => $2) WHERE twin_id = $1`,
    [id, seconds],
  );
}
