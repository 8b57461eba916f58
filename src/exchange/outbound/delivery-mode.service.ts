import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { OutboundProtocols } from '../../adaptor/protocol/wire-protocols.js';
import type { OutboundDelivery, OutboundSession } from '../../adaptor/protocol/outbound-protocol.js';
import { Database } from '../../database/database.js';
import { UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { ADAPTOR_PARTY } from '../../vocabulary/envelope.js';
import { DeliveryKeys } from './delivery-keys.service.js';
import { LOCK_RECEIVER_SQL } from './endpoint.queries.js';
import { EndpointRepository } from './endpoint.repository.js';
import { nextEndpointState } from './endpoint-state.js';
import type { StoredEndpoint } from './endpoint.js';
import { EndpointOpenings } from './endpoint-openings.js';
import { InboxOwner } from './inbox-owner.js';

/** What came of a test. */
export interface TestReport {
  readonly outcome: 'pull' | 'accepted' | 'not-taken' | 'endpoint' | 'message' | 'gone' | 'refused';
  readonly reason?: string;
  readonly latencyMs: number;
}

const PING_MS = 60_000;

/** How a twin's messages reach it: by pulling, the default, or over a protocol that the broker speaks. */
@Injectable()
export class DeliveryModeService {
  constructor(
    private readonly endpoints: EndpointRepository,
    private readonly protocols: OutboundProtocols,
    private readonly keys: DeliveryKeys,
    private readonly openings: EndpointOpenings,
    private readonly owner: InboxOwner,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
    private readonly database: Database,
  ) {}

  /** The endpoint; undefined when the twin pulls. @throws DomainError `not-found`, `forbidden` */
  async read(principal: Principal, receiver: TwinId): Promise<StoredEndpoint | undefined> {
    const organization = await this.owner.require(principal, receiver);
    const endpoint = await this.endpoints.find(receiver);
    return endpoint?.organization === organization ? endpoint : undefined;
  }

  /**
   * Has the broker deliver over a protocol. An endpoint that is new, or was disabled, is asked for its agreement first; other settings take effect at
   * once. @throws DomainError `validation-failed`, `not-found`, `forbidden`
   */
  async deliver(
    principal: Principal,
    receiver: TwinId,
    protocolName: string,
    given: unknown,
    pointer = '/settings',
  ): Promise<StoredEndpoint> {
    const organization = await this.owner.require(principal, receiver);
    const protocol = this.protocols.find(protocolName);
    if (protocol === undefined) {
      const detail = `must be pull or one of ${this.protocols.names.join(', ')}`;
      throw new DomainError('validation-failed', `There is no mode ${protocolName}.`, {
        pointer: '/mode',
        errors: [{ pointer: '/mode', detail }],
      });
    }
    const settings = readBeneath(pointer, () => protocol.read(given));
    return this.uow.run(async (tx) => {
      await tx.query(LOCK_RECEIVER_SQL, [receiver]);
      const old = await this.endpoints.lock(tx, receiver);
      await this.keys.ensure(tx, receiver, organization);
      const isSame = old?.organization === organization && old.protocol === protocolName && old.settings['url'] === settings['url'];
      const state =
        old !== undefined && isSame && old.state !== 'DISABLED'
          ? old.state
          : ((old && nextEndpointState(old.state, 'change')) ?? 'PENDING_VERIFICATION');
      const stored = await this.endpoints.put(tx, { receiver, organization, protocol: protocolName, settings, state });
      this.audit.record(tx, { principal, action: 'delivery.configure', subject: receiver, detail: { protocol: protocolName, settings } });
      tx.record({ kind: 'delivery.changed', subject: receiver, data: {} });
      return stored;
    });
  }

  /** Lets the twin pull again. What is on its way ends; the rest waits for who claims. @throws DomainError `not-found`, `forbidden` */
  async pull(principal: Principal, receiver: TwinId): Promise<void> {
    await this.owner.require(principal, receiver);
    await this.uow.run(async (tx) => {
      await tx.query(LOCK_RECEIVER_SQL, [receiver]);
      if (!(await this.endpoints.delete(tx, receiver))) return;
      this.audit.record(tx, { principal, action: 'delivery.pull', subject: receiver });
      tx.record({ kind: 'delivery.changed', subject: receiver, data: {} });
    });
  }

  /**
   * Sends a ping and says what came of it; to an endpoint that has not agreed yet, the handshake first, which makes it ACTIVE when it agrees.
   * Of a twin that pulls there is nothing to test. @throws DomainError `not-found`, `forbidden`
   */
  async test(principal: Principal, receiver: TwinId): Promise<TestReport> {
    const endpoint = await this.read(principal, receiver);
    const protocol = endpoint === undefined ? undefined : this.protocols.find(endpoint.protocol);
    if (endpoint === undefined || protocol === undefined) return { outcome: 'pull', latencyMs: 0 };
    const session = protocol.open(await this.openings.of(endpoint, 'test'));
    try {
      return await this.tried(endpoint, session);
    } finally {
      await session.close();
    }
  }

  private async tried(endpoint: StoredEndpoint, session: OutboundSession): Promise<TestReport> {
    const begun = performance.now();
    const latency = (): number => Math.round(performance.now() - begun);
    if (endpoint.state === 'PENDING_VERIFICATION' || endpoint.state === 'DISABLED') {
      const verification = await session.verify();
      if (verification.kind === 'refused') return { outcome: 'refused', reason: verification.reason, latencyMs: latency() };
      if ((await this.endpoints.move(endpoint, { event: 'verify', failures: 0 })) !== undefined) await this.tell(endpoint.receiver);
    }
    const outcome = await session.send(this.ping(endpoint.receiver));
    if (outcome.kind === 'accepted') return { outcome: 'accepted', latencyMs: latency() };
    return { outcome: outcome.kind === 'gone' ? 'gone' : outcome.fault, reason: outcome.reason, latencyMs: latency() };
  }

  private async tell(receiver: TwinId): Promise<void> {
    await this.uow.run((tx) => {
      tx.record({ kind: 'delivery.changed', subject: receiver, data: {} });
      return Promise.resolve();
    });
  }

  private ping(receiver: TwinId): OutboundDelivery {
    const id = randomUUID();
    const at = (ms: number): string => new Date(this.database.clock.now() + ms).toISOString();
    const times = { acceptedAt: at(0), expiresAt: at(PING_MS), leasedUntil: at(PING_MS) };
    const once = { attempt: 1, redelivered: false, replayed: false, fence: 0 };
    return { deliveryId: id, messageId: id, sender: ADAPTOR_PARTY.id, receiver, action: 'PING', ...times, ...once, text: '{}' };
  }
}

function readBeneath<T>(prefix: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof DomainError ? error.beneath(prefix) : error;
  }
}
