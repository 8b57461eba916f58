import { type Type } from '@nestjs/common';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Adaptor } from '../../src/adaptor/adaptor.js';
import { type Database } from '../../src/database/database.js';
import { DictionaryModule } from '../../src/dictionary/dictionary.module.js';
import { DiscoveryModule } from '../../src/discovery/discovery.module.js';
import { ConnectionService } from '../../src/federation/connection.service.js';
import { FederationLifecycle } from '../../src/federation/federation-lifecycle.js';
import { FederationModule } from '../../src/federation/federation.module.js';
import { FederationReactor } from '../../src/federation/federation-reactor.js';
import { FederationService } from '../../src/federation/federation.service.js';
import { MemberService } from '../../src/federation/member.service.js';
import { type PeerNews, PeerNotifierPort } from '../../src/federation/peer-notifier.js';
import {
  type ConnectionId,
  type FederationId,
  parseConnectionId,
  parseFederationId,
  parseTwinId,
  type TwinId,
} from '../../src/kernel/ids.js';
import { DomainError } from '../../src/problems/domain-error.js';
import { parseDto } from '../../src/problems/dto-validation.js';
import { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { RegistryModule } from '../../src/registry/registry.module.js';
import { TwinService } from '../../src/registry/twin.service.js';
import { createTestDatabase } from '../support/test-database.js';
import { anAppOf, begin } from './module-parts.js';
import { organization } from './registry-fixture.js';

/** Registry and federations on a database of their own; what peers would be told is collected. */
export interface TestFederations {
  readonly app: NestFastifyApplication;
  readonly database: Database;
  readonly told: PeerNews[];
  readonly federations: FederationService;
  readonly lifecycle: FederationLifecycle;
  readonly members: MemberService;
  readonly connections: ConnectionService;
  readonly get: <T>(type: Type<T>) => T;
  /** A second broker on the same database. */
  readonly another: () => Promise<TestFederations>;
  readonly close: () => Promise<void>;
}

async function start(open: () => Promise<Database>, drop: () => Promise<void>): Promise<TestFederations> {
  const database = await open();
  const app = await anAppOf(database, {
    modules: [DictionaryModule, RegistryModule, DiscoveryModule, FederationModule],
    controllersOf: [FederationModule],
    beside: [Adaptor],
  });
  const told: PeerNews[] = [];
  app.get(PeerNotifierPort).bind({
    tell: (tx, news) => {
      tx.afterCommit(() => told.push(news));
      return Promise.resolve();
    },
  });
  await begin(app);
  return {
    app,
    database,
    told,
    federations: app.get(FederationService),
    lifecycle: app.get(FederationLifecycle),
    members: app.get(MemberService),
    connections: app.get(ConnectionService),
    get: (type) => app.get(type),
    another: () => start(open, () => Promise.resolve()),
    close: async () => {
      await app.get(FederationReactor).idle();
      await app.close();
      await database.close();
      await drop();
    },
  };
}

export async function someFederations(poolSize?: number): Promise<TestFederations> {
  const database = await createTestDatabase();
  return start(
    () => database.open(poolSize),
    () => database.drop(),
  );
}

let count = 0;

/** An id that no other test has. */
export function aFederationId(): FederationId {
  count += 1;
  return parseFederationId(`urn:test:federation:${String(count).padStart(6, '0')}`);
}

/** An id that no other test has. */
export function aConnectionId(): ConnectionId {
  count += 1;
  return parseConnectionId(`urn:test:connection:${String(count).padStart(6, '0')}`);
}

/** Registers a twin of the organization with the data feature `flow` and the function `close`; listed unless said otherwise. */
export async function aTwin(broker: TestFederations, owner: string, parts: Record<string, unknown> = {}): Promise<TwinId> {
  count += 1;
  const id = `urn:test:twin:${String(count).padStart(6, '0')}`;
  const features = [
    { kind: 'data', name: 'flow', version: '1.0.0', schema: { type: 'number' } },
    { kind: 'function', name: 'close', version: '1.0.0', input: { type: 'object' } },
  ];
  const profile = { id, name: `Twin ${count}`, domain: 'traffic', access: 'listed', features, ...parts };
  await broker.get(TwinService).register(organization(owner), parseDto(TwinProfileDto, profile));
  return parseTwinId(id);
}

/** A federation with its initiator, and further members that have joined. */
export interface TestFederation {
  readonly id: FederationId;
  readonly fire: TwinId;
  readonly traffic: TwinId;
}

/** An ACTIVE federation of the twins `fire` (organization fire, initiator) and `traffic` (organization city). */
export async function anActiveFederation(
  broker: TestFederations,
  parts: { access?: 'private' | 'listed'; fire?: TwinId; traffic?: TwinId } = {},
): Promise<TestFederation> {
  const id = aFederationId();
  const fire = parts.fire ?? (await aTwin(broker, 'fire'));
  const traffic = parts.traffic ?? (await aTwin(broker, 'city'));
  const { access } = parts;
  await broker.federations.create(organization('fire'), {
    id,
    purpose: 'Clear the way',
    initiator: fire,
    access,
    invitations: [{ twin: traffic }],
  });
  await broker.members.join(organization('city'), id, { twin: traffic });
  return { id, fire, traffic };
}

/** A request of `fire` to `traffic` for its data and function. */
export async function aRequest(
  broker: TestFederations,
  { id: federationId, fire, traffic }: TestFederation,
  id: ConnectionId = aConnectionId(),
): Promise<ConnectionId> {
  const features = [
    { twin: traffic, name: 'flow' },
    { twin: traffic, name: 'close' },
  ];
  await broker.connections.request(organization('fire'), { id, federationId, requester: fire, responder: traffic, features });
  return id;
}

/** A CONNECTED connection of the two. */
export async function aConnection(broker: TestFederations, federation: TestFederation, id?: ConnectionId): Promise<ConnectionId> {
  const requested = await aRequest(broker, federation, id);
  await broker.connections.accept(organization('city'), requested);
  return requested;
}

/** The states that events of this kind and subject tell of, in commit order. */
export async function statesTold(broker: TestFederations, kind: string, subject: string): Promise<unknown[]> {
  const rows = await broker.database.query<{ state: string }>(
    `SELECT data ->> 'state' AS state FROM domain_event WHERE kind = $1 AND subject = $2 ORDER BY position`,
    [kind, subject],
  );
  return rows.map((row) => row.state);
}

/** The refusal of what must be refused. */
export async function refusalOf(work: Promise<unknown>): Promise<DomainError> {
  const outcome: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (outcome instanceof DomainError) return outcome;
  throw outcome instanceof Error ? outcome : new Error('It was not refused.');
}
