import { type CanActivate, type ExecutionContext, type Type } from '@nestjs/common';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import type { FastifyRequest, InjectOptions, LightMyRequestResponse } from 'fastify';
import { setUpBodyParsing } from '../../src/body-parsing.js';
import { BackgroundTasks } from '../../src/database/background-task.js';
import { BrokerSignals } from '../../src/database/broker-signals.js';
import { Database } from '../../src/database/database.js';
import { DomainEvents } from '../../src/database/domain-events.js';
import { LogEpoch } from '../../src/database/log-epoch.js';
import { SegmentKeeper } from '../../src/database/segment-keeper.js';
import { UnitOfWork } from '../../src/database/unit-of-work.js';
import { DictionaryModule } from '../../src/dictionary/dictionary.module.js';
import { parseOrganizationId, parseTwinId } from '../../src/kernel/ids.js';
import { DtoPipe } from '../../src/problems/dto-validation.js';
import { ProblemFilter } from '../../src/problems/problem.filter.js';
import { Audit } from '../../src/security/audit.js';
import { AuditRepository } from '../../src/security/audit.repository.js';
import type { OrganizationPrincipal, Principal, TwinPrincipal } from '../../src/security/principal.js';
import { TokenVerifier } from '../../src/security/token-verifier.js';
import { createTestDatabase } from '../support/test-database.js';
import { partsOf } from './module-parts.js';

const DATABASE = [BackgroundTasks, BrokerSignals, SegmentKeeper, DomainEvents, LogEpoch, UnitOfWork];

export const OPERATOR: Principal = { kind: 'operator', subject: 'operator' };
export const ROADS = organization('roads');
export const PARKS = organization('parks');

export function organization(slug: string): OrganizationPrincipal {
  return { kind: 'organization', organization: parseOrganizationId(slug), subject: `org_${slug}` };
}

export function twinOf(slug: string): TwinPrincipal {
  return { kind: 'twin', organization: parseOrganizationId(slug), twin: parseTwinId('urn:test:twin'), subject: `twin_${slug}` };
}

/** The dictionary on a database of its own, over HTTP with the product's body parsing; a request says who it is in a header. */
export interface TestDictionary {
  readonly database: Database;
  readonly get: <T>(type: Type<T>) => T;
  readonly call: (principal: Principal, request: InjectOptions) => Promise<LightMyRequestResponse>;
  /** A second broker on the same database. */
  readonly another: () => Promise<TestDictionary>;
  readonly close: () => Promise<void>;
}

class PrincipalFromHeader implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest & { principal?: Principal }>();
    request.principal = JSON.parse(String(request.headers['x-principal'])) as Principal;
    return true;
  }
}

async function start(open: () => Promise<Database>, drop: () => Promise<void>): Promise<TestDictionary> {
  const database = await open();
  const { controllers, providers } = partsOf(DictionaryModule);
  const module = await Test.createTestingModule({
    controllers,
    providers: [
      { provide: Database, useValue: database },
      { provide: TokenVerifier, useValue: { verify: (token: string) => Promise.resolve({ token }) } },
      ...DATABASE,
      Audit,
      AuditRepository,
      ...providers,
    ],
  }).compile();
  const adapter = new FastifyAdapter({ routerOptions: { maxParamLength: 2_600 }, bodyLimit: 32 * 1024 * 1024 });
  const app = module.createNestApplication<NestFastifyApplication>(adapter, { logger: false, bodyParser: false });
  app.useGlobalPipes(new DtoPipe());
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalGuards(new PrincipalFromHeader());
  setUpBodyParsing(app);
  await app.init();
  await adapter.getInstance().ready();
  return {
    database,
    get: (type) => app.get(type),
    call: (principal, request) =>
      app.inject({ ...request, headers: { authorization: 'Bearer test', ...request.headers, 'x-principal': JSON.stringify(principal) } }),
    another: () => start(open, () => Promise.resolve()),
    close: async () => {
      await app.close();
      await database.close();
      await drop();
    },
  };
}

export async function aDictionary(): Promise<TestDictionary> {
  const database = await createTestDatabase();
  return start(
    () => database.open(),
    () => database.drop(),
  );
}

export const vocabularyPath = (id: string): string => `/v1/dictionary/vocabularies/${encodeURIComponent(id)}`;
export const termPath = (iri: string): string => `/v1/dictionary/terms/${encodeURIComponent(iri)}`;

let count = 0;

/** A vocabulary of the organization, with an id of its own. */
export async function aVocabulary(dictionary: TestDictionary, owner: Principal = ROADS): Promise<string> {
  count += 1;
  const id = `urn:test:vocabulary:${count}`;
  const made = await dictionary.call(owner, {
    method: 'POST',
    url: '/v1/dictionary/vocabularies',
    payload: { id, titles: { en: `No. ${count}` } },
  });
  if (made.statusCode !== 201) throw new Error(made.body);
  return id;
}

/** Puts a term into a vocabulary, and gives the answer. */
export async function putTerm(
  dictionary: TestDictionary,
  vocabulary: string,
  name: string,
  parts: object = {},
  owner: Principal = ROADS,
): Promise<LightMyRequestResponse> {
  const payload = { vocabulary, labels: { en: name }, ...parts };
  return dictionary.call(owner, { method: 'PUT', url: termPath(`${vocabulary}:${name}`), payload });
}

/** Everything in the dictionary's tables, to compare. */
export async function contentsOf(dictionary: TestDictionary): Promise<unknown> {
  const tables = ['vocabulary', 'term', 'term_version', 'term_relation', 'term_name'];
  return Promise.all(tables.map((table) => dictionary.database.query(`SELECT count(*)::integer AS rows FROM ${table}`)));
}
