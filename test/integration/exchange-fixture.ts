import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { Config } from '../../src/config/config.js';
import { ConfigModule } from '../../src/config/config.module.js';
import { Database } from '../../src/database/database.js';
import { ClaimService, type ClaimResult } from '../../src/exchange/inbox/claim.service.js';
import { AcceptanceService, type Receipt } from '../../src/exchange/message/acceptance.service.js';
import { ConnectionService } from '../../src/federation/connection.service.js';
import { FederationService } from '../../src/federation/federation.service.js';
import { MemberService } from '../../src/federation/member.service.js';
import { parseConnectionId, parseFederationId, parseOrganizationId, parseTwinId, type TwinId } from '../../src/kernel/ids.js';
import type { TwinProfileDto } from '../../src/registry/dto/twin-profile.dto.js';
import { TwinService } from '../../src/registry/twin.service.js';
import type { Principal } from '../../src/security/principal.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

// Tests here start whole brokers: seconds each on a busy machine.

/** The organization that owns every twin of these tests. */
export const CITY: Principal = { kind: 'organization', organization: parseOrganizationId('city'), subject: 'org_city' };

@Module({})
class TestRoot {}

interface Abstract<T> {
  prototype: T;
}

/** A broker without its HTTP face. */
export class TestBroker {
  private constructor(
    private readonly app: INestApplicationContext,
    readonly database: Database,
  ) {}

  /** Starts a broker on the database. */
  static async start(url: string, dataDir: string, settings: Partial<Config> = {}): Promise<TestBroker> {
    const config = Object.freeze(
      Object.assign(
        new Config(),
        { databaseUrl: url, dataDir, databasePoolSize: 4, secretKey: 'a secret key for the tests only, long enough' },
        settings,
      ),
    );
    const root = { module: TestRoot, imports: [ConfigModule.with(config), AppModule] };
    const app = await NestFactory.createApplicationContext(root, { logger: ['error'], abortOnError: false });
    return new TestBroker(app, app.get(Database));
  }

  get<T>(type: Abstract<T>): T {
    return this.app.get<T>(type as never, { strict: false });
  }

  /** Sends a message as the city. */
  send(message: object): Promise<Receipt> {
    return this.get(AcceptanceService).accept(CITY, JSON.stringify(message));
  }

  /** Claims messages of a twin. */
  claim(receiver: TwinId, request: Partial<Parameters<ClaimService['claim']>[1]> = {}, signal?: AbortSignal): Promise<ClaimResult> {
    return this.get(ClaimService).claim(receiver, { claimId: randomUUID(), max: 100, waitMs: 0, leaseMs: 30_000, ...request }, signal);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.database.close();
  }
}

/** A database with brokers on it, all stopped and dropped by `close`. */
export class TestCity {
  readonly brokers: TestBroker[] = [];

  private constructor(
    readonly database: TestDatabase,
    private readonly dataDir: string,
    private readonly settings: Partial<Config>,
  ) {}

  static async build(brokers: number, settings: Partial<Config> = {}): Promise<TestCity> {
    const city = new TestCity(await createTestDatabase(), await mkdtemp(join(tmpdir(), 'twinfed-exchange-')), settings);
    for (let n = 0; n < brokers; n += 1) await city.startBroker();
    const { database } = city.broker();
    await database.query(`INSERT INTO organization (id, name, status, created_at) VALUES ('city', 'City', 'ACTIVE', now())`);
    return city;
  }

  broker(n = 0): TestBroker {
    const broker = this.brokers[n];
    if (broker === undefined) throw new Error(`there is no broker ${n}`);
    return broker;
  }

  async startBroker(): Promise<TestBroker> {
    const broker = await TestBroker.start(this.database.url, this.dataDir, this.settings);
    this.brokers.push(broker);
    return broker;
  }

  /** Stops a broker and starts another in its place. */
  async restartBroker(n: number): Promise<void> {
    await this.broker(n).stop();
    this.brokers[n] = await TestBroker.start(this.database.url, this.dataDir, this.settings);
  }

  async close(): Promise<void> {
    for (const broker of this.brokers) await broker.stop();
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Registers a twin that provides `flow` and performs `closeRoad`. */
  async aTwin(name: string): Promise<TwinId> {
    const id = parseTwinId(`urn:test:${name}:${randomUUID()}`);
    const profile = {
      name,
      domain: 'traffic',
      access: 'listed',
      features: [
        { kind: 'data', name: 'flow', schema: { type: 'object', required: ['n'], properties: { n: { type: 'number' } } } },
        {
          kind: 'function',
          name: 'closeRoad',
          input: { type: 'object', required: ['road'], properties: { road: { type: 'string' } } },
          output: { type: 'object', required: ['closed'] },
        },
      ],
    };
    await this.broker()
      .get(TwinService)
      .replace(CITY, id, profile as unknown as TwinProfileDto);
    return id;
  }

  /** Federates the twins and connects each with the first, for the features of both. */
  async connect(first: TwinId, ...others: TwinId[]): Promise<string[]> {
    const broker = this.broker();
    const federationId = `urn:test:federation:${randomUUID()}`;
    await broker.get(FederationService).create(CITY, { id: federationId, purpose: 'test', initiator: first });
    const connections: string[] = [];
    for (const other of others) {
      await broker.get(MemberService).invite(CITY, parseFederationId(federationId), { twin: other });
      await broker.get(MemberService).join(CITY, parseFederationId(federationId), { twin: other });
      const id = `urn:test:connection:${randomUUID()}`;
      const features = [first, other].flatMap((twin) => ['flow', 'closeRoad'].map((name) => ({ twin, name })));
      await broker.get(ConnectionService).request(CITY, { id, federationId, requester: first, responder: other, features });
      await broker.get(ConnectionService).accept(CITY, parseConnectionId(id));
      connections.push(id);
    }
    for (const each of this.brokers) for (const twin of [first, ...others]) await drain(each, twin);
    return connections;
  }
}

/** Claims and settles whatever waits, so that a test begins with an empty inbox. */
async function drain(broker: TestBroker, twin: TwinId): Promise<void> {
  const { InboxService } = await import('../../src/exchange/inbox/inbox.service.js');
  for (;;) {
    const { token } = await broker.claim(twin);
    if (token === undefined) return;
    await broker.get(InboxService).ack(twin, { leaseToken: token });
  }
}

const party = (id: string): { id: string; role: string } => ({ id, role: 'DT' });

/** Message header fields that every test message has. */
function header(sender: string, receiver?: string, extra: object = {}): object {
  return {
    messageId: randomUUID(),
    timestamp: new Date().toISOString(),
    version: '1.0',
    sender: party(sender),
    ...(receiver === undefined ? {} : { receiver: party(receiver) }),
    ...extra,
  };
}

/** A PROVIDE of `flow`. */
export function provide(sender: TwinId, receiver: TwinId, n: number, extra: object = {}): object {
  return {
    header: { ...header(sender, receiver, extra), messageType: 'NOTIFICATION' },
    data: { action: 'PROVIDE', object: { type: 'data', id: 'flow' }, payload: { n } },
  };
}

/** A NOTIFY of `flow` to whoever subscribed. */
export function notify(sender: TwinId, n: number, extra: object = {}): object {
  return {
    header: { ...header(sender, undefined, extra), messageType: 'NOTIFICATION' },
    data: { action: 'NOTIFY', object: { type: 'data', id: 'flow' }, payload: { n } },
  };
}

/** An INVOKE of `closeRoad`. */
export function invoke(sender: TwinId, receiver: TwinId, extra: object = {}): object {
  return {
    header: { ...header(sender, receiver, extra), messageType: 'REQUEST' },
    data: { action: 'INVOKE', object: { type: 'function', id: 'closeRoad' }, payload: { road: 'A40' } },
  };
}

/** The RESPONSE to an INVOKE. */
export function respond(sender: TwinId, receiver: TwinId, correlationId: string, extra: object = {}): object {
  return {
    header: { ...header(sender, receiver, { correlationId, ...extra }), messageType: 'RESPONSE' },
    data: { action: 'INVOKE', object: { type: 'function', id: 'closeRoad' }, status: { code: 'OK' }, payload: { closed: true } },
  };
}

/** The number in the payload of each delivery. */
export function numbers(claim: ClaimResult): number[] {
  return claim.deliveries.map(({ candidate }) => (JSON.parse(candidate.payload ?? '{}') as { n: number }).n);
}
